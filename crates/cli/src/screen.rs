//! Where output goes: standard output or standard error, with colour only on a terminal.
//!
//! Whoever reads may stop reading, as `head` does. That is not an error: nothing more is
//! written, and the exit status is still that of the verdict.

use super::failure::Failure;
use crosswire::sim;
use crosswire_output::text::{Paint, WIDTH, tame};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use textwrap::WordSplitter;

/// Whether anything was printed on standard output.
static PRINTED: AtomicBool = AtomicBool::new(false);

/// Whether anything was printed on standard output: an error for machines would spoil it.
pub(super) fn has_printed() -> bool {
    PRINTED.load(Ordering::Relaxed)
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    Output,
    Error,
}

impl Screen {
    /// Whether somebody looks at it.
    pub(super) fn is_terminal(self) -> bool {
        match self {
            Self::Output => io::stdout().is_terminal(),
            Self::Error => io::stderr().is_terminal(),
        }
    }

    /// Colour on a terminal, unless the reader does not want it: <https://no-color.org>.
    pub(super) fn paint(self) -> Paint {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let coloured = self.is_terminal() && set("NO_COLOR").is_none() && !dumb;
        if coloured { Paint::COLOURED } else { Paint::PLAIN }
    }

    /// Prints all of `text` now, but for what could steer a terminal.
    pub(super) fn print(self, text: &str) -> Result<(), Failure> {
        let mut out = self.writer();
        let text = tame(text, self.paint() != Paint::PLAIN);
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// A way to print many lines.
    pub(super) fn writer(self) -> BufWriter<Box<dyn Write + Send>> {
        PRINTED.fetch_or(self == Self::Output, Ordering::Relaxed);
        BufWriter::new(match self {
            Self::Output => Box::new(io::stdout()),
            Self::Error => Box::new(io::stderr()),
        })
    }
}

/// What an attempt to write came to; that nobody reads any more is fine.
pub(super) fn written(done: io::Result<()>) -> Result<(), Failure> {
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Harness(format!("the output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints an error, if anybody can be told.
pub(super) fn error(text: &str) {
    drop(Screen::Error.print(text));
}

/// A diagnostic with the place in the text that it is about.
pub(super) fn rendered(diagnostic: &dyn Diagnostic) -> String {
    let plain = set(diagnostic, GraphicalTheme::unicode_nocolor());
    let is_tame = tame(&plain, false) == plain;
    // Only of what has no colours of its own is it known which are ours.
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
        // A name is never broken at its hyphens.
        .with_word_splitter(WordSplitter::NoHyphenation);
    match handler.render_report(&mut out, diagnostic) {
        Ok(()) => {
            let lines: Vec<_> = out.lines().map(str::trim_end).collect();
            lines.join("\n") + "\n"
        }
        Err(_) => format!("error: {diagnostic}\n"),
    }
}

/// What panics, here or in a run, is told as it would be without this, but cannot steer the terminal.
pub(super) fn panics_are_tame() {
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

/// What a run panics with is told once, where it is told what came of the run.
pub(super) fn runs_panic_quietly() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(sim::THREAD) {
            loud(panic);
        }
    }));
}
