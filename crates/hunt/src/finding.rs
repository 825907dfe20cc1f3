//! A finding: one failed seed of one target, in the form that is stored and printed as JSON.

use crosswire::report::Report;
use crosswire::sim::Unfinished;
use crosswire_checker::InvariantId;
use crosswire_output::machine::{self, Object, Step};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;

/// The way in which a run failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// An invariant was violated.
    Violated,
    /// Something in the run panicked.
    Panicked,
    /// The run did not end within its time limit and was abandoned.
    Hung,
}

impl FailureKind {
    /// Returns the name used in JSON and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Violated => "violated",
            Self::Panicked => "panicked",
            Self::Hung => "hung",
        }
    }
}

/// A failed run.
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
    /// The seed or, if the plan was bred, the number of the run. A string of digits in JSON.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub seed: Seed,
    /// The way in which the run failed.
    pub verdict: FailureKind,
    /// The signature, which names the violated invariant and the kinds of the steps that led to it.
    pub signature: String,
    /// The ids of the violated invariants.
    pub invariants: Vec<InvariantId>,
    /// The story of the first violation, oldest step first, or the message of the panic.
    pub story: Vec<String>,
    /// The digest of the whole history, as 32 hexadecimal digits; none if the run did not end.
    pub digest: Option<String>,
    /// The argument of `crosswire replay`: the seed line or, if the plan was bred, the name of its
    /// file.
    pub replay: String,
    /// The file beside the journal that holds the first run with this signature, client and
    /// service. For a bred plan, the first such run of its target.
    pub file: Option<String>,
    /// True if the plan was bred, so that no seed gives it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bred: bool,
}

/// The failure that a finding shows. Findings with the same signature, client and service are
/// reported and saved as one, and are known if a saved run has all three.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureId {
    /// The signature.
    pub signature: String,
    /// The client under test.
    pub client: String,
    /// The service under test.
    pub service: String,
}

impl Finding {
    /// Returns the failure that the finding shows.
    pub fn failure(&self) -> FailureId {
        let Self { signature, client, service, .. } = self;
        let [signature, client, service] = [signature, client, service].map(Clone::clone);
        FailureId { signature, client, service }
    }

    /// Returns the name of its minimized case, if there is one in `dir`, where its file is.
    pub fn minimized_in(&self, dir: &Path) -> Option<String> {
        let name = minimized_name(self.file.as_ref()?);
        if dir.join(&name).is_file() { Some(name) } else { None }
    }

    /// Returns the argument of `crosswire replay` for a journal in `dir`. For a run that hung, this
    /// is its file: replaying a seed line would run it to its end, and this run has none.
    pub fn again(&self, dir: &Path) -> String {
        let file = match (&self.file, self.verdict) {
            (Some(file), FailureKind::Hung) => file,
            _ if self.bred => &self.replay,
            _ => return self.replay.clone(),
        };
        dir.join(file).display().to_string()
    }
}

/// Returns the name of the minimized case beside a file of a finding.
pub fn minimized_name(file: &str) -> String {
    format!("{}.small.toml", file.trim_end_matches(".toml"))
}

/// Returns the name of the page beside a file of a finding.
pub fn page_name(file: &str) -> String {
    format!("{}.html", file.trim_end_matches(".toml"))
}

/// A finding as `--json` prints it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FindingObject<'a> {
    /// The finding.
    #[serde(flatten)]
    pub finding: &'a Finding,
    /// The steps of the story.
    pub steps: Vec<Step>,
    /// A saved run with this signature, client and service, or null.
    pub known: Option<&'a Path>,
}

impl<'a> FindingObject<'a> {
    /// Pairs a finding with the saved run that makes it known.
    pub fn new(finding: &'a Finding, known: Option<&'a Path>) -> Self {
        Self { finding, steps: machine::steps(&finding.story), known }
    }
}

impl Object for FindingObject<'_> {
    const TYPE: &'static str = "hunt-finding";
}

/// A failed run with its plan.
pub(crate) struct Found {
    pub(crate) finding: Finding,
    pub(crate) plan: Arc<Plan>,
    /// The report or the failure, which is saved in a file.
    pub(crate) run: Result<Report, Unfinished>,
}
