//! What went wrong, made small and told.

use super::trial::Find;
use crate::minimize::{Minimize, Shows};
use crate::report::Report;
use crate::saved::SavedRun;
use crate::sim::{ClientUnderTest, RunOutput, play};
use crosswire_checker::Violation;
use crosswire_output::machine::{self, Step};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How many runs may be spent on making a finding small. Time is no measure: what comes out must be
/// the same on a slow machine.
const RUNS: u64 = 1_000;

/// A run that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The invariant that was broken; none if the run came to no end.
    pub invariant: Option<String>,
    /// What it comes down to.
    pub signature: String,
    /// The part of the battery.
    pub trial: String,
    /// The seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub seed: Seed,
    /// The suspension at which a call was cancelled, if one was.
    pub cancel_at: Option<u64>,
    /// How it came about, oldest first; or what the panic said.
    pub story: Vec<String>,
    /// The same, line by line.
    pub steps: Vec<Step>,
    /// Requests in the run as it was found, and as small as it was made.
    pub requests: Option<[u64; 2]>,
    /// The file beside the certificate in which it is kept, for `crosswire replay`; none if the run
    /// came to no end.
    pub file: Option<String>,
}

/// A file that is to be kept.
pub struct Kept {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Worst first, as the invariants are numbered; what came to no end last.
pub(super) fn in_order(finds: BTreeMap<String, Find>) -> Vec<Find> {
    let mut finds: Vec<_> = finds.into_values().collect();
    let rank = |find: &Find| find.invariant.as_ref().map(|id| (id.len(), id.clone()));
    finds.sort_by_key(|find| (find.invariant.is_none(), rank(find)));
    finds
}

/// What is said of a find, and the file that it is kept in.
pub(super) fn told(
    find: Find,
    client: &ClientUnderTest,
    shrunk: bool,
    stop: &dyn Fn() -> bool,
) -> (Finding, Option<Kept>) {
    let Find { trial, plan, signature, invariant, played, told } = find;
    let story: Vec<_> = told.lines().take(12).map(crosswire_output::text::printable).collect();
    let finding = Finding {
        invariant,
        signature,
        trial: trial.name.to_owned(),
        seed: plan.seed,
        cancel_at: plan.cancel_at,
        steps: machine::steps(&story),
        story,
        requests: None,
        file: None,
    };
    let Some(whole) = played else { return (finding, None) };
    let requests = whole.findings.requests;
    let shows = Shows(finding.signature.clone());
    let small = if shrunk && !stop() { small(&plan, client, &shows, stop) } else { None };
    let (plan, played) = match small {
        Some((plan, played)) => (plan, Arc::new(played)),
        None => (plan, whole),
    };
    kept(finding, (plan.as_ref(), &played, client), requests)
}

fn kept(
    mut finding: Finding,
    (plan, played, client): (&Plan, &RunOutput, &ClientUnderTest),
    requests: u64,
) -> (Finding, Option<Kept>) {
    let report = Report::new(plan, &client.name, played, Duration::ZERO);
    let shown = report.violations.iter().find(|shown| shown.signature() == finding.signature);
    finding.story = shown.map(|shown: &Violation| shown.story.clone()).unwrap_or_default();
    finding.steps = machine::steps(&finding.story);
    finding.requests = Some([requests, report.requests]);
    let sort = finding.invariant.as_deref().unwrap_or_default().to_lowercase();
    let name = format!("{}-{sort}.toml", client.name);
    let signature = Some(finding.signature.clone());
    let saved = SavedRun { signature, ..SavedRun::new(plan, &report) };
    let file = saved.to_text(&report).ok().map(|text| Kept { name, text });
    finding.file = file.as_ref().map(|file| file.name.clone());
    (finding, file)
}

/// The plan, smaller; none if what came out shows it no more.
fn small(
    plan: &Plan,
    client: &ClientUnderTest,
    shows: &Shows,
    stop: &dyn Fn() -> bool,
) -> Option<(Arc<Plan>, RunOutput)> {
    let minimize = Minimize { plan, client, shows, budget: Duration::MAX };
    let (small, _) = minimize.run(|progress| progress.runs < RUNS && !stop());
    let small = Arc::new(small);
    let (played, _) = play(&small, client, Vec::new()).ok()?;
    shows.is_among(&played.findings).then_some((small, played))
}
