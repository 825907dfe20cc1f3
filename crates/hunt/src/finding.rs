//! A finding: one seed of one ground that went wrong, as it is kept and told to machines.

use crosswire::report::Report;
use crosswire::sim::Unfinished;
use crosswire_output::machine::{self, Object, Step};
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
    /// The seed, or the number of the run if its plan was bred, in JSON a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
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

/// A finding as `--json` prints it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Told<'a> {
    /// What was found.
    #[serde(flatten)]
    pub finding: &'a Finding,
    /// The story, line by line.
    pub steps: Vec<Step>,
    /// A file of what is known that has its signature; null if it is new.
    pub known: Option<&'a Path>,
}

impl<'a> Told<'a> {
    /// A finding, and the file that it is known by.
    pub fn new(finding: &'a Finding, known: Option<&'a Path>) -> Self {
        Self { finding, steps: machine::steps(&finding.story), known }
    }
}

impl Object for Told<'_> {
    const TYPE: &'static str = "hunt-finding";
}

/// What a run left that went wrong.
pub(crate) struct Found {
    pub(crate) finding: Finding,
    pub(crate) plan: Arc<Plan>,
    /// What is to be kept of it.
    pub(crate) run: Result<Report, Unfinished>,
}
