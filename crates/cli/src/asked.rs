//! What the arguments of the process ask for, and how it is told that they make no sense.

use super::args::Args;
use super::failure::{Exit, Failure};
use super::screen::{self, Screen};
use clap::Parser;
use crosswire_output::machine;
use crosswire_output::text::printable;
use std::ffi::OsString;

/// Returns the command; none if help or the version was asked for, which is printed.
pub(super) fn asked() -> Result<Option<Args>, Failure> {
    let words: Vec<_> = std::env::args_os().collect();
    match Args::try_parse_from(&words) {
        Ok(args) => Ok(Some(args)),
        Err(error) if error.use_stderr() => Err(Failure::Usage(tame(&words, &error))),
        Err(help) => Screen::Output.print(&help.to_string()).map(|()| None),
    }
}

/// The error of clap, which quotes the words: none of them may steer the terminal. So what it says of
/// printable words is printed; only if these are right, what it says of the words themselves.
fn tame(words: &[OsString], error: &clap::Error) -> String {
    let printable_words = words.iter().map(|word| printable(&word.to_string_lossy()));
    match Args::try_parse_from(printable_words) {
        Err(same) if same.use_stderr() => same.to_string(),
        _ => {
            let lines: Vec<_> = error.to_string().lines().map(printable).collect();
            lines.join("\n") + "\n"
        }
    }
}

/// Prints the one error: for people and, if `--json` asks for it and nothing else was printed, for
/// machines.
pub(super) fn told(failure: &Failure) -> Exit {
    let json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    if json && !screen::has_printed() {
        // If that cannot be printed, the error for people still can.
        let _ = machine::line(&failure.to_object()).map(|line| Screen::Output.print(&line));
    }
    failure.report()
}
