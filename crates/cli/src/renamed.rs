//! Old spellings of commands and options, so that an error can name the new one.

use std::ffi::OsString;

/// The old and the new name of each renamed command.
const COMMANDS: [(&str, &str); 1] = [("shrink", "minimize")];

/// A command, and the old and the new spelling of one of its options.
const OPTIONS: [(&str, &str, &str); 7] = [
    ("replay", "--budget", "--run-timeout"),
    ("hunt", "--budget", "--run-timeout"),
    ("hunt", "--known", "--baseline"),
    ("hunt", "--shrink", "--minimize"),
    ("hunt", "--no-shrink", "--no-minimize"),
    ("certify", "--no-shrink", "--no-minimize"),
    ("matrix", "--from", "--from-seed"),
];

/// Returns an error for the first word that is an old spelling, in the words of a clap error. The
/// first of `words` is the name of the program.
pub(super) fn renamed(words: &[OsString]) -> Option<String> {
    let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
    let first = words.next()?;
    let command = if first == "help" { words.next()? } else { first };
    if let Some((old, new)) = COMMANDS.iter().find(|(old, _)| *old == command) {
        return Some(message(old, new));
    }
    for word in words.take_while(|word| word != "--") {
        let option = word.split('=').next().unwrap_or_default();
        for (of, old, new) in OPTIONS {
            if of == command && old == option {
                return Some(message(old, new));
            }
        }
    }
    None
}

fn message(old: &str, new: &str) -> String {
    format!("error: `{old}` is now `{new}`\n\nFor more information, try '--help'.\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::Parser;

    fn error(words: &[&str]) -> Option<String> {
        let words: Vec<_> =
            ["crosswire"].iter().chain(words).map(|word| OsString::from(*word)).collect();
        assert!(Args::try_parse_from(&words).is_err(), "{words:?} is accepted");
        renamed(&words)
    }

    #[test]
    fn every_old_option_is_refused_and_names_the_new_one() {
        for (command, old, new) in OPTIONS {
            let joined = format!("{old}=1s");
            for words in [&[command, "x", old][..], &[command, "x", old, "1s"], &[command, &joined]]
            {
                let expected = format!("error: `{old}` is now `{new}`\n");
                let error = error(words).unwrap_or_default();
                assert!(error.starts_with(&expected), "{words:?}: {error}");
            }
        }
    }

    #[test]
    fn every_old_command_is_refused_and_names_the_new_one() {
        for (old, new) in COMMANDS {
            for words in [&[old, "x"][..], &[old, "--help"], &["help", old]] {
                let expected = format!("error: `{old}` is now `{new}`\n");
                let error = error(words).unwrap_or_default();
                assert!(error.starts_with(&expected), "{words:?}: {error}");
            }
        }
    }

    #[test]
    fn other_errors_are_left_to_clap() {
        let others: [&[&str]; 5] = [
            &["repaly"],
            &["run", "calm", "--from", "7"],
            &["minimize", "x", "--shrink", "1s"],
            &["hunt", "calm", "--seed", "7"],
            &["hunt", "--", "--shrink", "--jobs"],
        ];
        for words in others {
            let words: Vec<_> =
                ["crosswire"].iter().chain(words).map(|word| OsString::from(*word)).collect();
            assert_eq!(renamed(&words), None, "{words:?}");
        }
    }
}
