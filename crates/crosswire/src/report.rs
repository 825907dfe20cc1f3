//! The report of a run: the object that `--json` prints.

use crate::sim::RunOutput;
use crosswire_checker::{
    Exposure, InvariantId, Missing, NotApplicable, USEFUL, Unconnected, Verdict, Violation,
};
use crosswire_output::machine::{self, Object};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A run, from its scenario to its digest. Only `wall_ms` differs between two runs of the same
/// plan.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The name of the scenario.
    pub scenario: String,
    /// The seed, in JSON a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub seed: Seed,
    /// The client under test.
    pub client: String,
    /// The service under test.
    pub service: String,
    /// The defences that were switched on.
    pub defences: Vec<String>,
    /// The suspension at which a client call was cancelled, if the plan cancels one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<u64>,
    /// The number of suspensions of client calls, if the plan cancels one. If it is less than
    /// `cancel_at`, nothing was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspensions: Option<u64>,
    /// The verdict.
    pub verdict: Verdict,
    /// The first few violations of each invariant: leaks first, then by time.
    #[serde(serialize_with = "machine::breaches")]
    #[schemars(with = "Vec<machine::Breach<'static>>")]
    pub violations: Vec<Violation>,
    /// The number of violations of each violated invariant.
    pub counts: BTreeMap<InvariantId, u64>,
    /// Counts of the users who were shown other users' data, and of those data.
    pub exposure: Exposure,
    /// The number of occurrences of each situation.
    pub reached: BTreeMap<String, u64>,
    /// The required situations that did not occur often enough.
    pub missing: Vec<Missing>,
    /// Situations and invariants that do not apply to the client: neither required nor counted.
    pub not_applicable: Vec<NotApplicable>,
    /// Situations that trigger known bugs and never occurred.
    pub untested: Vec<String>,
    /// The number of checks of each invariant.
    pub checked: BTreeMap<InvariantId, u64>,
    /// Requests that cameras and phones sent.
    pub requests: u64,
    /// Deliveries to users.
    pub deliveries: u64,
    /// The number of times each fault point fired.
    pub fired: BTreeMap<String, u64>,
    /// The gateways whose client could not connect, with the reason.
    pub unconnected: Vec<Unconnected>,
    /// Simulated time in milliseconds.
    pub simulated_ms: u64,
    /// Wall-clock time in milliseconds.
    pub wall_ms: u64,
    /// The digest of the whole history, as 32 hexadecimal digits.
    pub digest: String,
}

impl Object for Report {
    const TYPE: &'static str = "run";
}

impl Report {
    /// Creates the report of a run of `plan`. `client` is the name of the client that actually ran,
    /// which the plan need not name.
    pub fn new(plan: &Plan, client: &str, output: &RunOutput, wall: Duration) -> Self {
        let mut findings = output.findings.clone();
        // Only exemptions from what the plan requires, from invariants and from useful situations
        // are reported.
        let asked_for = |name: &str| {
            let useful = USEFUL.contains(&name) || plan.reach.contains_key(name);
            useful || InvariantId::parse(name).is_some()
        };
        findings.not_applicable.retain(|exempt| asked_for(&exempt.name));
        Self {
            scenario: plan.scenario.clone(),
            seed: plan.seed,
            client: client.to_owned(),
            service: plan.service.name.clone(),
            defences: plan.defences.clone(),
            cancel_at: plan.cancel_at,
            suspensions: plan.cancel_at.map(|_| output.suspensions),
            verdict: findings.verdict,
            violations: findings.violations,
            counts: findings.counts,
            exposure: findings.exposure,
            reached: findings.reached,
            missing: findings.missing,
            not_applicable: findings.not_applicable,
            untested: findings.untested,
            checked: findings.checked,
            requests: findings.requests,
            deliveries: findings.deliveries,
            fired: findings.fired,
            unconnected: findings.unconnected,
            simulated_ms: output.simulated_ms,
            wall_ms: wall.as_millis() as u64,
            digest: output.digest.to_string(),
        }
    }

    /// Returns the first violation of each violated invariant, leaks first.
    pub fn firsts(&self) -> Vec<&Violation> {
        let mut firsts: Vec<&Violation> = Vec::new();
        for violation in &self.violations {
            if firsts.iter().all(|first| first.invariant != violation.invariant) {
                firsts.push(violation);
            }
        }
        firsts
    }

    /// Returns the violations whose stories are shown: the first of `signature`, if the run has
    /// one, and then the first of each violated invariant.
    pub fn shown(&self, signature: Option<&str>) -> Vec<&Violation> {
        let is_of = |violation: &&Violation| Some(&*violation.signature()) == signature;
        let own = self.violations.iter().find(is_of);
        let firsts = self.firsts().into_iter().filter(|first| Some(*first) != own);
        own.into_iter().chain(firsts).collect()
    }

    /// Returns whether a violation is the first of its invariant.
    pub fn is_first(&self, violation: &Violation) -> bool {
        self.firsts().contains(&violation)
    }
}
