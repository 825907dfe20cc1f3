//! What a run came to, as the one object that `--json` prints.

use crate::sim::RunOutput;
use crosswire_checker::{
    Exposure, Missing, NotApplicable, USEFUL, Unconnected, Verdict, Violation, invariants,
};
use crosswire_output::machine::{self, Object};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// A run from its scenario to its digest. All but `wall_ms` is the same whenever it is played.
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
    /// The suspension at which a call of the client was to be cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_at: Option<u64>,
    /// Of such a run, how many suspensions it had: with fewer, nothing was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspensions: Option<u64>,
    /// The verdict.
    pub verdict: Verdict,
    /// The first few violations of each invariant: leaks first, then by time.
    #[serde(serialize_with = "machine::breaches")]
    #[schemars(with = "Vec<machine::Breach<'static>>")]
    pub violations: Vec<Violation>,
    /// How many violations of each invariant there were.
    pub counts: BTreeMap<String, u64>,
    /// Who was shown what belonged to somebody else.
    pub exposure: Exposure,
    /// How often each situation was reached.
    pub reached: BTreeMap<String, u64>,
    /// What should have been reached and was not.
    pub missing: Vec<Missing>,
    /// What does not apply to the client: neither demanded nor counted.
    pub not_applicable: Vec<NotApplicable>,
    /// Situations that wake mistakes and never occurred.
    pub untested: Vec<String>,
    /// How often each invariant was tested.
    pub checked: BTreeMap<String, u64>,
    /// Requests that cameras and phones sent.
    pub requests: u64,
    /// Deliveries to people.
    pub deliveries: u64,
    /// How often each fault point fired.
    pub fired: BTreeMap<String, u64>,
    /// The gateways whose client could not connect, and why.
    pub unconnected: Vec<Unconnected>,
    /// Simulated time.
    pub simulated_ms: u64,
    /// Time that passed in the world outside.
    pub wall_ms: u64,
    /// The digest of the whole history, as 32 hexadecimal digits.
    pub digest: String,
}

impl Object for Report {
    const TYPE: &'static str = "run";
}

impl Report {
    /// Puts together what was planned and what came of it. `client` is the name of the client
    /// that was played, whatever the plan says.
    pub fn new(plan: &Plan, client: &str, played: &RunOutput, wall: Duration) -> Self {
        let mut findings = played.findings.clone();
        // Of what does not apply, only what somebody asks for.
        let asked_for = |name: &str| {
            let useful = USEFUL.contains(&name) || plan.reach.contains_key(name);
            useful || invariants().iter().any(|about| about.id.as_str() == name)
        };
        findings.not_applicable.retain(|exempt| asked_for(&exempt.name));
        Self {
            scenario: plan.scenario.clone(),
            seed: plan.seed,
            client: client.to_owned(),
            service: plan.service.name.clone(),
            defences: plan.defences.clone(),
            cancel_at: plan.cancel_at,
            suspensions: plan.cancel_at.map(|_| played.suspensions),
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
            simulated_ms: played.simulated_ms,
            wall_ms: wall.as_millis() as u64,
            digest: played.digest.to_string(),
        }
    }

    /// The first violation of each invariant that was broken, leaks first.
    pub fn firsts(&self) -> Vec<&Violation> {
        let mut firsts: Vec<&Violation> = Vec::new();
        for violation in &self.violations {
            if firsts.iter().all(|first| first.invariant != violation.invariant) {
                firsts.push(violation);
            }
        }
        firsts
    }
}
