//! A finding: one seed of one ground that went wrong, as it is kept and told to machines.

use crate::report::Report;
use crate::stage::Unfinished;
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// In which way a run went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// An invariant was broken.
    Violated,
    /// Something in the run panicked.
    Panicked,
    /// The run was not over within its budget of time, and was given up.
    Hung,
}

impl Trouble {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::Panicked => "panicked",
            Self::Hung => "hung",
        }
    }
}

/// A run that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The name of the scenario, or the path of its file.
    pub scenario: String,
    /// The client under test.
    pub client: String,
    /// The service under test.
    pub service: String,
    /// The defences that were switched on.
    pub defences: Vec<String>,
    /// The seed, or the number of the run if its plan was bred; a string of digits if it is above
    /// 2^53, which many readers of JSON would round.
    #[schemars(with = "SeedInJson")]
    pub seed: Seed,
    /// In which way it went wrong.
    pub verdict: Trouble,
    /// What is the same for all findings that have one cause.
    pub signature: String,
    /// The ids of the invariants that were broken.
    pub invariants: Vec<String>,
    /// How the first violation came about, oldest first; or what the panic said.
    pub story: Vec<String>,
    /// The digest of the whole history, as 32 hexadecimal digits; none if the run came to no end.
    pub digest: Option<String>,
    /// For `crosswire replay`: the seed line or, if its plan was bred, the name of its file.
    pub replay: String,
    /// The file beside the journal in which the first run with this signature is kept. Of a
    /// plan that was bred, the first on its ground.
    pub file: Option<String>,
    /// Whether its plan was bred: no seed gives it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bred: bool,
}

impl Finding {
    /// What goes behind `crosswire replay`, if the journal is in `dir`. Of a run that hung it is its
    /// file: a seed line is played to its end, and this run has none.
    pub fn again(&self, dir: &Path) -> String {
        let file = match (&self.file, self.verdict) {
            (Some(file), Trouble::Hung) => file,
            _ if self.bred => &self.replay,
            _ => return self.replay.clone(),
        };
        dir.join(file).display().to_string()
    }
}

/// A finding as `--json` tells it.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Told<'a> {
    /// What was found.
    #[serde(flatten)]
    pub finding: &'a Finding,
    /// A file of what is known that has its signature; null if it is new.
    pub known: Option<&'a Path>,
}

/// How a seed looks in JSON.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is there for its schema alone")]
pub(crate) enum SeedInJson {
    Number(u64),
    Text(String),
}

/// What a run left that went wrong.
pub(crate) struct Found {
    pub(crate) finding: Finding,
    pub(crate) plan: Arc<Plan>,
    /// What is to be kept of it.
    pub(crate) run: Result<Report, Unfinished>,
}

/// The JSON Schema of a finding, which stands in `sim/finding.schema.json`.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Told<'static>);
    schema.insert("title".to_owned(), "A finding of a Crosswire hunt".into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_that_is_kept_is_that_of_the_type() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("finding.schema.json");
        let mut fresh = serde_json::to_string_pretty(&json_schema()).expect("json");
        fresh.push('\n');
        if std::env::var_os("CROSSWIRE_BLESS").is_some() {
            std::fs::write(&path, &fresh).expect("the schema can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == fresh,
            "sim/finding.schema.json is out of date; rewrite it with: \
             CROSSWIRE_BLESS=1 cargo test -p crosswire schema"
        );
    }
}
