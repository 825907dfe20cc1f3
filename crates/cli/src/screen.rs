//! Standard output and standard error: their colour, their width, and what is written to them.
//!
//! A reader may close the pipe early, as `head` does. That is not an error: nothing more is
//! written, and the exit status is still that of the verdict.

mod bar;

pub(super) use bar::Bar;

use super::colour;
use super::failure::Failure;
use crosswire_output::format::{Layout, tame};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use rustix::termios::tcgetwinsize;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use textwrap::{WordSeparator, WordSplitter};

/// The width of a terminal that does not know its own.
const UNKNOWN_WIDTH: usize = 80;

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

    /// Returns the layout of text on this stream: its colour, and its width if it is a terminal.
    pub(super) fn layout(self) -> Layout {
        let layout = self.columns().map_or(Layout::PLAIN, Layout::of_terminal);
        layout.coloured(self.is_coloured())
    }

    /// Returns whether the stream is coloured.
    fn is_coloured(self) -> bool {
        colour::is_coloured(self.is_terminal())
    }

    /// Returns the width of the stream if it is a terminal: `COLUMNS`, or what the terminal says.
    fn columns(self) -> Option<usize> {
        if !self.is_terminal() {
            return None;
        }
        let given = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let asked = || match self {
            Self::Output => tcgetwinsize(io::stdout()),
            Self::Error => tcgetwinsize(io::stderr()),
        };
        let columns = given.or_else(|| asked().ok().map(|size| usize::from(size.ws_col)));
        Some(columns.filter(|columns| *columns > 0).unwrap_or(UNKNOWN_WIDTH))
    }

    /// Returns the width for a progress bar; `None` if the stream is no terminal, or one on which
    /// nothing can be overwritten.
    pub(super) fn columns_of_bar(self) -> Option<usize> {
        match std::env::var_os("TERM") {
            Some(term) if term == "dumb" => None,
            _ => self.columns(),
        }
    }

    /// Prints `text` without characters that could steer a terminal, and flushes. A progress bar is
    /// hidden meanwhile.
    pub(super) fn print(self, text: &str) -> Result<(), Failure> {
        let text = tame(text, self.is_coloured());
        let mut out = self.writer();
        written(bar::aside(|| out.write_all(text.as_bytes()).and_then(|()| out.flush())))
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
    if !Screen::Error.is_coloured() || !is_tame {
        return tame(&plain, false);
    }
    set(diagnostic, GraphicalTheme::unicode())
}

fn set(diagnostic: &dyn Diagnostic, theme: GraphicalTheme) -> String {
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(Screen::Error.layout().width())
        .with_links(false)
        // Never breaks a name at its hyphens, nor a path at its slashes.
        .with_word_splitter(WordSplitter::NoHyphenation)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_break_words(false);
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
