//! Seed lines: a whole run in one word, which can be pasted into a terminal or a message.
//!
//! ```text
//! seed line = scenario ":" seed ":" client [ "@" service ] [ ":" defences ]
//! scenario  = the name of a built-in scenario, or the path of a file
//! seed      = a number, `0x` and hexadecimal digits, or a git commit hash
//! service   = the name of a service; `standard` if left out
//! defences  = "none" | name *( "+" name )
//! ```
//!
//! If the scenario contains a colon, as a path may, the line must name its defences: the last three
//! colons then separate the fields. A seed line is valid as long as the code and the scenario do
//! not change; to keep a run beyond that, save it as a [saved run](crate::saved).

use crosswire_output::format::printable;
use crosswire_plan::{BadSeed, Seed};
use std::fmt;
use std::str::FromStr;

/// The word for no defences, in a seed line and after `--defence`.
pub const NONE: &str = "none";

/// The end of every error: the form of a seed line.
const EXPECTED: &str = "expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none";

/// The service of a seed line that names none.
const STANDARD: &str = "standard";

/// A run, identified by names and a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedLine {
    /// The name or the path of the scenario.
    pub scenario: String,
    /// The seed.
    pub seed: Seed,
    /// The name of the client.
    pub client: String,
    /// The name of the service.
    pub service: String,
    /// The names of the defences that are switched on.
    pub defences: Vec<String>,
}

/// The error of a text that is not a seed line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSeedLine {
    /// The text has no colon, so it is no seed line at all.
    #[error("not a seed line; {EXPECTED}")]
    Shape,
    /// A part is missing, or there is one too many.
    #[error("{0}")]
    Part(String),
    /// The seed is invalid.
    #[error(transparent)]
    Seed(#[from] BadSeed),
}

impl fmt::Display for SeedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, seed, client, service, defences } = self;
        let service = if service == STANDARD { String::new() } else { format!("@{service}") };
        let defences = if defences.is_empty() { NONE.to_owned() } else { defences.join("+") };
        write!(f, "{scenario}:{seed}:{client}{service}:{defences}")
    }
}

impl FromStr for SeedLine {
    type Err = BadSeedLine;

    fn from_str(text: &str) -> Result<Self, BadSeedLine> {
        let text = text.trim();
        let bad = |what: &str| {
            let line: String = printable(text).chars().take(200).collect();
            BadSeedLine::Part(format!("`{line}` {what}; {EXPECTED}"))
        };
        let mut fields: Vec<_> = text.rsplitn(4, ':').collect();
        fields.reverse();
        let (scenario, seed, client, defences) = match fields[..] {
            [scenario, seed, client] => (scenario, seed, client, NONE),
            [scenario, seed, client, defences] => (scenario, seed, client, defences),
            [_, _] => return Err(bad("names no client")),
            _ => return Err(BadSeedLine::Shape),
        };
        let seed = seed.parse::<Seed>().map_err(|error| match one_too_many(text) {
            Some(part) => bad(&format!("has one part too many, `{part}`")),
            None => error.into(),
        })?;
        let names: Vec<_> = defences.split('+').map(str::to_owned).collect();
        let (client, service) = client.split_once('@').unwrap_or((client, STANDARD));
        let empty = [
            (scenario.is_empty(), "names no scenario"),
            (client.is_empty(), "names no client"),
            (service.is_empty(), "names no service after its `@`"),
            (defences.is_empty(), "ends in a colon with no defences after it"),
            (names.iter().any(String::is_empty), "has a defence without a name"),
        ];
        if let Some((_, what)) = empty.iter().find(|(is_empty, _)| *is_empty) {
            return Err(bad(what));
        }
        Ok(Self {
            scenario: scenario.to_owned(),
            seed,
            client: client.to_owned(),
            service: service.to_owned(),
            defences: if defences == NONE { Vec::new() } else { names },
        })
    }
}

/// Returns the part after the first four, if these look like a complete line.
fn one_too_many(text: &str) -> Option<String> {
    let parts: Vec<_> = text.split(':').collect();
    if parts.len() <= 4 || parts[1].parse::<Seed>().is_err() {
        return None;
    }
    Some(printable(parts[4]).chars().take(60).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_survives_a_round_trip() {
        for text in [
            "calm:7:pooled:none",
            "reconnect-storm:18446744073709551615:pooled:verify-at-delivery+bypass-relation-cache",
            "my storms/a:b.toml:0:redis-rs:none",
            "calm:7:pooled@fail-open:none",
        ] {
            assert_eq!(text.parse::<SeedLine>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn defences_may_be_left_out_and_the_seed_may_be_a_hash() {
        let line: SeedLine = "calm:3f9ac01:pooled".parse().expect("a seed line");
        assert_eq!(line.defences, Vec::<String>::new());
        assert_eq!(line.seed, "3f9ac01".parse().expect("a seed"));
    }

    #[test]
    fn malformed_lines_are_refused() {
        for text in ["", "calm"] {
            assert_eq!(text.parse::<SeedLine>(), Err(BadSeedLine::Shape), "{text}");
        }
        let errors = [
            "calm:7",
            ":7:pooled",
            "calm:7:",
            "calm:7:@fail-open",
            "calm:7:pooled@",
            "calm:7:pooled:",
            "a:7:b:c++d",
            "calm:1:pooled:none:more",
        ];
        let errors = errors.map(|text| text.parse::<SeedLine>().expect_err(text).to_string());
        insta::assert_snapshot!(errors.join("\n"), @r"
        `calm:7` names no client; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `:7:pooled` names no scenario; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `calm:7:` names no client; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `calm:7:@fail-open` names no client; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `calm:7:pooled@` names no service after its `@`; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `calm:7:pooled:` ends in a colon with no defences after it; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `a:7:b:c++d` has a defence without a name; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        `calm:1:pooled:none:more` has one part too many, `more`; expected SCENARIO:SEED:CLIENT:DEFENCES, such as calm:7:pooled:none
        ");
        let error = "calm:x:pooled".parse::<SeedLine>().unwrap_err().to_string();
        assert!(error.starts_with("`x` is not a seed"), "{error}");
    }
}
