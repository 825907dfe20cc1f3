//! Environment variables that override what a test runs.

use crosswire_plan::{Seed, nearest};
use std::time::Duration;

/// The variables that change what a test runs.
const VARIABLES: [&str; 4] =
    ["CROSSWIRE_SEED", "CROSSWIRE_SEEDS", "CROSSWIRE_FOR", "CROSSWIRE_UPDATE"];

/// The variables of `cargo crosswire`, of the program, of builds and of Crosswire's own tests.
const OTHERS: [&str; 5] = [
    "CROSSWIRE_BLESS",
    "CROSSWIRE_COMMAND",
    "CROSSWIRE_HOME",
    "CROSSWIRE_SOURCES",
    "CROSSWIRE_TOOLCHAIN",
];

/// The runs that the environment asks for, instead of those that the test asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvOverrides {
    /// `CROSSWIRE_SEED`: only this seed, a number or a git commit hash. Excludes the others.
    pub seed: Option<Seed>,
    /// `CROSSWIRE_SEEDS`: this many seeds.
    pub seeds: Option<u64>,
    /// `CROSSWIRE_FOR`: as many seeds as it takes to run for at least this many seconds, and at
    /// least those that run without it.
    pub length: Option<Duration>,
    /// `CROSSWIRE_UPDATE=1`: keeps failing runs as regressions at once, and those that are pending.
    pub update: bool,
}

impl EnvOverrides {
    /// Reads the overrides from the environment of this process.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env), or a variable has a name that begins with `CROSSWIRE_` and
    /// means nothing: it is probably misspelt.
    pub(crate) fn of_process() -> Result<Self, String> {
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        names.into_iter().try_for_each(|name| check_name(&name))?;
        Self::from_env(|name| std::env::var(name).ok())
    }

    /// Reads the overrides from the variables of an environment.
    ///
    /// # Errors
    /// A variable is set to an invalid value, or a single seed beside another variable; the message
    /// says what was expected.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let number = |name: &str, what: &str| match var(name).map(|text| (text.parse(), text)) {
            None => Ok(None),
            Some((Ok(number), _)) if number > 0 => Ok(Some(number)),
            Some((_, text)) => Err(format!("{name} is `{text}`; expected {what}")),
        };
        let seed = match var("CROSSWIRE_SEED").map(|text| (text.parse(), text)) {
            None => None,
            Some((Ok(seed), _)) => Some(seed),
            Some((Err(bad), _)) => return Err(format!("CROSSWIRE_SEED: {bad}")),
        };
        let others = ["CROSSWIRE_SEEDS", "CROSSWIRE_FOR"];
        if seed.is_some()
            && let Some(other) = others.into_iter().find(|other| var(other).is_some())
        {
            return Err(format!(
                "CROSSWIRE_SEED runs a single seed; expected no {other} beside it"
            ));
        }
        let update = match var("CROSSWIRE_UPDATE").as_deref() {
            None | Some("" | "0") => false,
            Some("1") => true,
            Some(text) => return Err(format!("CROSSWIRE_UPDATE is `{text}`; expected 1, or 0")),
        };
        Ok(Self {
            seed,
            seeds: number("CROSSWIRE_SEEDS", "a number of seeds, at least 1")?,
            length: number("CROSSWIRE_FOR", "a number of seconds, at least 1")?
                .map(Duration::from_secs),
            update,
        })
    }
}

/// Checks that a variable whose name begins with `CROSSWIRE_` means something.
fn check_name(name: &str) -> Result<(), String> {
    if !name.starts_with("CROSSWIRE_") || VARIABLES.contains(&name) || OTHERS.contains(&name) {
        return Ok(());
    }
    let shown = crosswire_output::format::printable(name);
    let hint = match nearest(name, VARIABLES) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; expected one of {}", VARIABLES.join(", ")),
    };
    Err(format!("unknown variable `{shown}`{hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Result<EnvOverrides, String> {
        EnvOverrides::from_env(|asked| if asked == name { Some(text.to_owned()) } else { None })
    }

    #[test]
    fn a_misspelt_variable_is_an_error() {
        assert_eq!(check_name("CROSSWIRE_SEEDS"), Ok(()));
        assert_eq!(check_name("CARGO"), Ok(()));
        let hint = "unknown variable `CROSSWIRE_SEDS`; did you mean `CROSSWIRE_SEEDS`?";
        assert_eq!(check_name("CROSSWIRE_SEDS"), Err(hint.to_owned()));
    }

    #[test]
    fn valid_variables_are_read_and_others_refused() {
        assert_eq!(EnvOverrides::from_env(|_| None), Ok(EnvOverrides::default()));
        assert_eq!(of("CROSSWIRE_SEED", "7").unwrap().seed, Some(Seed(7)));
        assert_eq!(of("CROSSWIRE_SEEDS", "300").unwrap().seeds, Some(300));
        assert_eq!(of("CROSSWIRE_FOR", "90").unwrap().length, Some(Duration::from_secs(90)));
        assert_eq!(
            ["1", "0", ""].map(|text| of("CROSSWIRE_UPDATE", text).unwrap().update),
            [true, false, false]
        );
        let bad = [
            ("CROSSWIRE_SEEDS", "many"),
            ("CROSSWIRE_SEEDS", "0"),
            ("CROSSWIRE_FOR", "-1"),
            ("CROSSWIRE_UPDATE", "always"),
        ];
        let errors = bad.map(|(name, text)| of(name, text).unwrap_err()).join("\n");
        insta::assert_snapshot!(errors, @r"
        CROSSWIRE_SEEDS is `many`; expected a number of seeds, at least 1
        CROSSWIRE_SEEDS is `0`; expected a number of seeds, at least 1
        CROSSWIRE_FOR is `-1`; expected a number of seconds, at least 1
        CROSSWIRE_UPDATE is `always`; expected 1, or 0
        ");
        assert!(of("CROSSWIRE_SEED", "x").unwrap_err().starts_with("CROSSWIRE_SEED: "));
        let both = |name: &str| if name == "CROSSWIRE_SEEDS" { None } else { Some("7".to_owned()) };
        let error = EnvOverrides::from_env(both).unwrap_err();
        assert_eq!(error, "CROSSWIRE_SEED runs a single seed; expected no CROSSWIRE_FOR beside it");
    }
}
