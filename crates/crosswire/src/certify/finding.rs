//! The findings of a certificate: failing runs, minimized, with their stories.

use super::trial::{Failure, Find};
use crate::minimize::{Minimize, Shows};
use crate::report::Report;
use crate::saved::SavedRun;
use crate::sim::{ClientUnderTest, RunOutput, play};
use crosswire_checker::{InvariantId, Violation};
use crosswire_output::machine::{self, Step};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The number of runs for minimizing a finding. The limit is not a time because the result must be
/// the same on a slow machine.
const RUNS: u64 = 1_000;

/// A failing run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The violated invariant; null if the run did not finish.
    pub invariant: Option<InvariantId>,
    /// The signature.
    pub signature: String,
    /// The trial of the battery.
    pub trial: String,
    /// The seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub seed: Seed,
    /// The suspension at which a call was cancelled, if one was.
    pub cancel_at: Option<u64>,
    /// The story, oldest entry first; or the message of the panic.
    pub story: Vec<String>,
    /// The lines of the story, with their times.
    pub steps: Vec<Step>,
    /// The number of requests in the run as it was found, and in the minimized run.
    pub requests: Option<[u64; 2]>,
    /// The name of the saved run beside the certificate, for `crosswire replay`; null if the run
    /// did not finish.
    pub file: Option<String>,
}

/// A file to be written beside the certificate.
#[derive(Debug)]
pub struct FindingFile {
    /// The file's name.
    pub name: String,
    /// The file's text.
    pub text: String,
}

/// Sorts findings by the number of their invariant; runs that did not finish come last.
pub(super) fn in_order(finds: BTreeMap<Failure, Find>) -> Vec<Find> {
    let mut finds: Vec<_> = finds.into_values().collect();
    finds.sort_by_key(|find| find.invariant.map_or(u8::MAX, InvariantId::number));
    finds
}

/// Creates a finding, minimized if `minimized` is true, and the file to write for it.
pub(super) fn finding(
    find: Find,
    client: &ClientUnderTest,
    minimized: bool,
    stop: &dyn Fn() -> bool,
) -> (Finding, Option<FindingFile>) {
    let Find { trial, plan, signature, invariant, output, error } = find;
    let story: Vec<_> = error.lines().take(12).map(crosswire_output::format::printable).collect();
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
    let Some(whole) = output else { return (finding, None) };
    let requests = whole.findings.requests;
    let shows = Shows(finding.signature.clone());
    let small = if minimized && !stop() { small(&plan, client, &shows, stop) } else { None };
    let (plan, output) = match small {
        Some((plan, output)) => (plan, Arc::new(output)),
        None => (plan, whole),
    };
    kept(finding, (plan.as_ref(), &output, client), requests)
}

fn kept(
    mut finding: Finding,
    (plan, output, client): (&Plan, &RunOutput, &ClientUnderTest),
    requests: u64,
) -> (Finding, Option<FindingFile>) {
    let report = Report::new(plan, &client.name, output, Duration::ZERO);
    let shown = report.violations.iter().find(|shown| shown.signature() == finding.signature);
    finding.story = shown.map(|shown: &Violation| shown.story.clone()).unwrap_or_default();
    finding.steps = machine::steps(&finding.story);
    finding.requests = Some([requests, report.requests]);
    let invariant = finding.invariant.expect("a finished run is kept for a violated invariant");
    let name = format!("{}-{}.toml", client.name, invariant.as_str().to_lowercase());
    let signature = Some(finding.signature.clone());
    let saved = SavedRun { signature, ..SavedRun::new(plan, &report) };
    // A plan that is too large is not saved.
    let file = saved.to_text(&report).ok().map(|text| {
        let read = saved.read_back(&text);
        read.unwrap_or_else(|bad| panic!("the saved run of a finding is invalid: {bad}"));
        FindingFile { name, text }
    });
    finding.file = file.as_ref().map(|file| file.name.clone());
    (finding, file)
}

/// Minimizes a plan. Returns `None` if the minimized plan no longer shows the failure.
fn small(
    plan: &Plan,
    client: &ClientUnderTest,
    shows: &Shows,
    stop: &dyn Fn() -> bool,
) -> Option<(Arc<Plan>, RunOutput)> {
    let minimize = Minimize { plan, client, shows, budget: Duration::MAX };
    let (small, _) = minimize.run(|progress| progress.runs < RUNS && !stop());
    let small = Arc::new(small);
    let output = play(&small, client).ok()?;
    if shows.is_among(&output.findings) { Some((small, output)) } else { None }
}
