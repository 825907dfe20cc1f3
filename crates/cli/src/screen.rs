//! Standard output and standard error, with colour only on a terminal.
//!
//! A reader may close the pipe early, as `head` does. That is not an error: nothing more is
//! written, and the exit status is still that of the verdict.

use super::failure::Failure;
use crosswire::sim;
use crosswire_output::format::{Paint, WIDTH, tame};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use textwrap::WordSplitter;

/// Set once anything was printed on standard output.
static PRINTED: AtomicBool = AtomicBool::new(false);

/// Returns whether anything was printed on standard output. An error object after it would not be
/// valid output.
pub(super) fn has_printed() -> bool {
    PRINTED.load(Ordering::Relaxed)
}

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    Output,
    Error,
}

impl Screen {
    /// Returns whether the stream is a terminal.
    pub(super) fn is_terminal(self) -> bool {
        match self {
            Self::Output => io::stdout().is_terminal(),
            Self::Error => io::stderr().is_terminal(),
        }
    }

    /// Returns colours for a terminal, unless `NO_COLOR` is set: <https://no-color.org>.
    pub(super) fn paint(self) -> Paint {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let coloured = self.is_terminal() && set("NO_COLOR").is_none() && !dumb;
        if coloured { Paint::COLOURED } else { Paint::PLAIN }
    }

    /// Prints `text` without characters that could steer a terminal, and flushes.
    pub(super) fn print(self, text: &str) -> Result<(), Failure> {
        let mut out = self.writer();
        let text = tame(text, self.paint() != Paint::PLAIN);
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Returns a buffered writer for many lines.
    pub(super) fn writer(self) -> BufWriter<Box<dyn Write + Send>> {
        PRINTED.fetch_or(self == Self::Output, Ordering::Relaxed);
        BufWriter::new(match self {
            Self::Output => Box::new(io::stdout()),
            Self::Error => Box::new(io::stderr()),
        })
    }
}

/// Turns the result of a write into a failure, except a closed pipe, which is no error.
pub(super) fn written(done: io::Result<()>) -> Result<(), Failure> {
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Harness(format!("the output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints an error on standard error. An error of this print has nowhere to go.
pub(super) fn error(text: &str) {
    drop(Screen::Error.print(text));
}

/// Renders a diagnostic with the quoted place in the file.
pub(super) fn rendered(diagnostic: &dyn Diagnostic) -> String {
    let plain = set(diagnostic, GraphicalTheme::unicode_nocolor());
    let is_tame = tame(&plain, false) == plain;
    // A text that contains escape sequences is printed without colours, so that `tame` can remove
    // them all.
    if Screen::Error.paint() == Paint::PLAIN || !is_tame {
        return tame(&plain, false);
    }
    set(diagnostic, GraphicalTheme::unicode())
}

fn set(diagnostic: &dyn Diagnostic, theme: GraphicalTheme) -> String {
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_links(false)
        // Never breaks a name at its hyphens.
        .with_word_splitter(WordSplitter::NoHyphenation);
    match handler.render_report(&mut out, diagnostic) {
        Ok(()) => {
            let lines: Vec<_> = out.lines().map(str::trim_end).collect();
            lines.join("\n") + "\n"
        }
        Err(_) => format!("error: {diagnostic}\n"),
    }
}

/// Prints panics as the default hook does, but without characters that could steer a terminal.
pub(super) fn make_panics_printable() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("<unnamed>");
        let backtrace = std::backtrace::Backtrace::capture();
        error(&tame(&format!("\nthread '{name}' {panic}\n"), false));
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            error(&tame(&format!("stack backtrace:\n{backtrace}\n"), false));
        }
    }));
}

/// Silences the panic hook for threads of runs; a run's panic is reported with its outcome.
pub(super) fn silence_panics_of_runs() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(sim::THREAD) {
            loud(panic);
        }
    }));
}
