//! Decides whether a stream is coloured: by `--color`, by the environment, or by what it is.

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

/// The value of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ColorChoice {
    /// Colour on a terminal, unless the environment says otherwise.
    #[default]
    #[value(help = None)]
    Auto,
    /// Colour everywhere, also in files and pipes.
    #[value(help = None)]
    Always,
    /// No colour.
    #[value(help = None)]
    Never,
}

/// The choice of this process.
static CHOICE: OnceLock<ColorChoice> = OnceLock::new();

/// Keeps the choice of the parsed arguments.
pub(super) fn choose(choice: ColorChoice) {
    CHOICE.get_or_init(|| choice);
}

/// Returns whether a stream of this process is coloured.
pub(super) fn is_coloured(is_terminal: bool) -> bool {
    // Without parsed arguments, what is printed is the help or an error of the parser.
    let choice = *CHOICE.get_or_init(|| spelled(std::env::args_os().skip(1)));
    decide(choice, &Environment::of_process(), is_terminal)
}

/// The environment variables about colour, each if it is set and not empty.
#[derive(Clone, Debug, Default)]
struct Environment {
    no_color: Option<OsString>,
    clicolor_force: Option<OsString>,
    clicolor: Option<OsString>,
    term: Option<OsString>,
}

impl Environment {
    fn of_process() -> Self {
        let get = |name: &str| match std::env::var_os(name) {
            Some(value) if !value.is_empty() => Some(value),
            _ => None,
        };
        Self {
            no_color: get("NO_COLOR"),
            clicolor_force: get("CLICOLOR_FORCE"),
            clicolor: get("CLICOLOR"),
            term: get("TERM"),
        }
    }
}

/// Decides: `--color` comes before `NO_COLOR` (<https://no-color.org>), that before
/// `CLICOLOR_FORCE`, and that before `CLICOLOR=0` and `TERM=dumb`. Without any of them, a terminal
/// is coloured.
fn decide(choice: ColorChoice, environment: &Environment, is_terminal: bool) -> bool {
    let Environment { no_color, clicolor_force, clicolor, term } = environment;
    let is = |value: &Option<OsString>, text: &str| value.as_deref() == Some(OsStr::new(text));
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if no_color.is_some() => false,
        ColorChoice::Auto if clicolor_force.is_some() && !is(clicolor_force, "0") => true,
        ColorChoice::Auto if is(clicolor, "0") || is(term, "dumb") => false,
        ColorChoice::Auto => is_terminal,
    }
}

/// Returns the last value of `--color` in words that could not be parsed.
fn spelled(words: impl Iterator<Item = OsString>) -> ColorChoice {
    let words: Vec<_> = words.take_while(|word| word != "--").collect();
    let mut choice = ColorChoice::Auto;
    for (nth, word) in words.iter().enumerate() {
        let value = match word.to_str() {
            Some("--color") => words.get(nth + 1).and_then(|next| next.to_str()),
            Some(word) => word.strip_prefix("--color="),
            None => None,
        };
        choice = match value {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            Some("auto") => ColorChoice::Auto,
            _ => choice,
        };
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decides with the variables of a shell line such as `NO_COLOR=1 TERM=dumb`.
    fn decided(choice: ColorChoice, line: &str, is_terminal: bool) -> bool {
        let mut environment = Environment::default();
        for word in line.split_whitespace() {
            let (name, value) = word.split_once('=').expect("NAME=VALUE");
            let field = match name {
                "NO_COLOR" => &mut environment.no_color,
                "CLICOLOR_FORCE" => &mut environment.clicolor_force,
                "CLICOLOR" => &mut environment.clicolor,
                "TERM" => &mut environment.term,
                other => panic!("{other} has no say"),
            };
            *field = Some(value.into());
        }
        decide(choice, &environment, is_terminal)
    }

    const ENVIRONMENTS: [&str; 10] = [
        "",
        "TERM=xterm",
        "NO_COLOR=1",
        "NO_COLOR=0",
        "CLICOLOR_FORCE=1",
        "CLICOLOR_FORCE=0",
        "CLICOLOR=0",
        "CLICOLOR=1",
        "TERM=dumb",
        "NO_COLOR=1 CLICOLOR_FORCE=1 CLICOLOR=1 TERM=xterm",
    ];

    #[test]
    fn the_option_comes_before_everything() {
        for environment in ENVIRONMENTS {
            for is_terminal in [false, true] {
                assert!(decided(ColorChoice::Always, environment, is_terminal), "{environment}");
                assert!(!decided(ColorChoice::Never, environment, is_terminal), "{environment}");
            }
        }
    }

    #[test]
    fn the_environment_comes_before_the_terminal() {
        // The columns: in a pipe, on a terminal.
        let table = [
            ("", [false, true]),
            ("TERM=xterm", [false, true]),
            ("NO_COLOR=1", [false, false]),
            ("NO_COLOR=0", [false, false]),
            ("CLICOLOR_FORCE=1", [true, true]),
            ("CLICOLOR_FORCE=0", [false, true]),
            ("CLICOLOR=0", [false, false]),
            ("CLICOLOR=1", [false, true]),
            ("TERM=dumb", [false, false]),
            ("NO_COLOR=1 CLICOLOR_FORCE=1", [false, false]),
            ("CLICOLOR_FORCE=1 CLICOLOR=0", [true, true]),
            ("CLICOLOR_FORCE=1 TERM=dumb", [true, true]),
            ("CLICOLOR_FORCE=0 CLICOLOR=0", [false, false]),
            ("CLICOLOR=1 TERM=dumb", [false, false]),
        ];
        for (environment, expected) in table {
            let is = [false, true].map(|tty| decided(ColorChoice::Auto, environment, tty));
            assert_eq!(is, expected, "{environment}");
        }
    }

    #[test]
    fn words_that_cannot_be_parsed_still_choose() {
        let of = |line: &str| spelled(line.split_whitespace().map(OsString::from));
        assert_eq!(of("run calm"), ColorChoice::Auto);
        assert_eq!(of("--color never frobnicate"), ColorChoice::Never);
        assert_eq!(of("run --color=always"), ColorChoice::Always);
        assert_eq!(of("--color always run --color=never"), ColorChoice::Never);
        assert_eq!(of("run -- --color always"), ColorChoice::Auto);
        assert_eq!(of("run --color sometimes"), ColorChoice::Auto);
        assert_eq!(of("run --color"), ColorChoice::Auto);
    }
}
