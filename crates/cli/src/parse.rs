//! Parses the arguments of the process, and reports errors.

use super::args::Args;
use super::colour;
use super::failure::{Exit, Failure};
use super::help::with_headings;
use super::renamed::renamed;
use super::screen::{self, Screen};
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, FromArgMatches};
use crosswire_output::format::printable;
use crosswire_output::machine;
use crosswire_plan::nearest;
use std::ffi::OsString;

/// Returns the arguments, or `None` after printing the help or the version.
pub(super) fn parse() -> Result<Option<Args>, Failure> {
    let words: Vec<_> = std::env::args_os().collect();
    match parsed(&words) {
        Ok(args) => {
            colour::choose(args.color);
            Ok(Some(args))
        }
        Err(error) if error.use_stderr() => {
            let renamed = renamed(&words);
            Err(Failure::Usage(renamed.unwrap_or_else(|| usage_error(&words, &error))))
        }
        Err(help) => {
            let help = with_headings(&help.to_string(), Screen::Output.layout());
            Screen::Output.print(&help).map(|()| None)
        }
    }
}

/// Parses words like [`clap::Parser::try_parse_from`], with the help as wide as other text.
fn parsed<T: Into<OsString> + Clone>(
    words: impl IntoIterator<Item = T>,
) -> Result<Args, clap::Error> {
    let mut command = Args::command().term_width(Screen::Output.layout().width());
    let matches = match command.try_get_matches_from_mut(words) {
        Ok(matches) => matches,
        Err(error) => return Err(with_nearest_command(error, &command)),
    };
    Args::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Adds the nearest command to the error of an unknown one; clap has none for short words.
fn with_nearest_command(mut error: clap::Error, command: &clap::Command) -> clap::Error {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let names = command.get_subcommands().map(clap::Command::get_name);
    if error.get(ContextKind::SuggestedSubcommand).is_none()
        && let Some(near) = nearest(found, names)
    {
        let near = ContextValue::Strings(vec![near.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, near);
    }
    error
}

/// Returns clap's error text without anything that could steer a terminal, since it quotes the
/// words that were typed. Parsing printable copies of the words gives the same error with its
/// layout intact. If the copies parse, the original words were at fault; each line of their error
/// is then made printable.
fn usage_error(words: &[OsString], error: &clap::Error) -> String {
    let printable_words = words.iter().map(|word| printable(&word.to_string_lossy()));
    match parsed(printable_words) {
        Err(same) if same.use_stderr() => same.to_string(),
        _ => {
            let lines: Vec<_> = error.to_string().lines().map(printable).collect();
            lines.join("\n") + "\n"
        }
    }
}

/// Prints the error of a command. If `--json` was given and standard output is still empty, prints
/// it there as an object as well.
pub(super) fn report_failure(failure: &Failure) -> Exit {
    let json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    if json && !screen::has_printed() {
        // If the object cannot be printed, the text still can.
        let _ = machine::line(&failure.to_object()).map(|line| Screen::Output.print(&line));
    }
    failure.report()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_command_gets_the_nearest_one() {
        let error = |word: &str| match parsed(["crosswire", word]) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("`{word}` is accepted"),
        };
        for (word, near) in [("rn", "run"), ("lst", "list"), ("certfy", "certify")] {
            let error = error(word);
            assert!(error.contains(&format!("a similar subcommand exists: '{near}'")), "{error}");
        }
        assert!(!error("nonsense").contains("similar"));
    }
}
