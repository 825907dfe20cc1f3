//! Certificates: the outcome of a standard battery of storms for one client.
//!
//! A certificate never says that a client is safe. It says for how many seeds the client held, and
//! which situations these seeds reached; or which invariants were violated, each with its story and
//! a minimized run that shows it again.
//!
//! - [`battery`]: the trials that every client runs through, as data
//! - `trial`: runs the battery
//! - [`finding`]: failing runs, minimized
//! - [`cost`]: the client's cost in the standard storm, next to that of the built-in pool
//! - [`versions`]: the libraries that the client uses
//! - [`mod@print`]: the page
//!
//! Except for the CPU time in [`cost`], a certificate is the same on every machine and at every
//! time.

pub mod battery;
pub mod cost;
pub mod finding;
pub mod print;
pub mod versions;

mod trial;

pub use finding::{Finding, FindingFile};
pub use trial::Question;

use crate::catalog::{self, Kind};
use crate::saved::Made;
use battery::{BATTERY, NOT_ASKED_FOR};
use cost::Cost;
use crosswire_checker::{
    InvariantId, Together, Verdict, add_counts, invariants, is_of_an_offer,
    is_of_dishonest_devices, situations,
};
use crosswire_output::format::grouped;
use crosswire_output::machine::{self, Object};
use crosswire_plan::Seed;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use trial::{Battery, Tally};
use versions::Library;

/// A certificate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Certificate {
    /// The name of the client.
    pub client: String,
    /// The summary of the client, in one line.
    pub summary: String,
    /// The libraries that the client uses; empty if the client is entirely Crosswire's.
    pub libraries: Vec<Library>,
    /// The version of Crosswire.
    pub crosswire: String,
    /// The compiler that built it.
    pub toolchain: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The progress of the battery when it was interrupted, if it was. An interrupted certificate
    /// is never clean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// The number of seeds of all trials together.
    pub seeds: u64,
    /// The number of runs. It exceeds `seeds` because some seeds run once for each await of the
    /// client.
    pub runs: u64,
    /// The first seed of each trial, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub from: Seed,
    /// The parts of the battery.
    pub trials: Vec<Trial>,
    /// The number of occurrences of each situation, in all trials together.
    pub situations: BTreeMap<String, u64>,
    /// Required situations that no trial reached.
    pub not_reached: Vec<String>,
    /// Situations and invariants that do not apply to the client, each with the reason: neither
    /// required nor counted.
    pub not_applicable: BTreeMap<String, String>,
    /// The invariants.
    pub invariants: Vec<Invariant>,
    /// For each violated invariant, the smallest run that violated it.
    pub findings: Vec<Finding>,
    /// The number of runs of each signature, which all runs of one cause share.
    pub signatures: BTreeMap<String, u64>,
    /// The cost of the client; null if it was not measured.
    pub cost: Option<Cost>,
}

/// A trial of the battery, with its outcome.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Trial {
    /// The name.
    pub name: String,
    /// The purpose, in one line.
    pub about: String,
    /// The scenario, or the scenario of which the trial is a variation.
    pub scenario: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The number of seeds.
    pub seeds: u64,
    /// The number of runs.
    pub runs: u64,
    /// Runs in which every invariant held and every required situation occurred.
    pub clean: u64,
    /// Runs in which every invariant held but a required situation did not occur.
    pub inconclusive: u64,
    /// Runs that violated an invariant or did not finish.
    pub violated: u64,
    /// The required situations that all runs together did not reach often enough.
    pub missing: Vec<String>,
}

/// An invariant, with its outcome.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Invariant {
    /// The id.
    pub id: InvariantId,
    /// The name.
    pub name: String,
    /// The verdict: inconclusive if the invariant was never checked.
    pub verdict: Verdict,
    /// The number of checks of the invariant.
    pub tested: u64,
    /// The number of runs that violated the invariant.
    pub violated_runs: u64,
}

impl Certificate {
    /// Notes that the battery was interrupted before all of its `seeds` had run; then the
    /// certificate is not clean.
    pub fn interrupt(&mut self, seeds: u64) {
        let (done, all) = (grouped(self.seeds), grouped(seeds));
        self.interrupted = Some(format!("interrupted after {done} of {all} seeds"));
        if self.verdict == Verdict::Clean {
            self.verdict = Verdict::Inconclusive;
        }
    }
}

/// Runs the battery, or as much of it as runs until `stop` returns true. Calls `tick` after each
/// seed with the number of seeds so far. The certificate does not contain the cost yet
/// ([`cost::beside`]), and its findings are not minimized ([`Certified::small`]).
pub fn certify(
    question: &Question,
    tick: &(dyn Fn(u64) + Sync),
    stop: &(dyn Fn() -> bool + Sync),
) -> Certified {
    let Battery { tallies, finds, signatures } = trial::play_all(question, tick, stop);
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    let (mut together, mut tested, mut broken) =
        <(Together, BTreeMap<_, _>, BTreeMap<_, _>)>::default();
    for tally in &tallies {
        together.join(&tally.together);
        add_counts(&mut tested, &tally.tested);
        add_counts(&mut broken, &tally.broken_by);
    }
    let not_reached = not_reached(&together);
    let trials: Vec<_> =
        BATTERY.iter().zip(&tallies).map(|(about, tally)| trial_outcome(about, tally)).collect();
    let any = |verdict| trials.iter().any(|trial| trial.verdict == verdict);
    let verdict = if any(Verdict::Violated) {
        Verdict::Violated
    } else if any(Verdict::Inconclusive) || !not_reached.is_empty() {
        Verdict::Inconclusive
    } else {
        Verdict::Clean
    };
    let Made { crosswire, toolchain, .. } = Made::here();
    let name = &question.client.name;
    let listed = catalog::items(Kind::Clients).into_iter().find(|item| item.name == *name);
    let certificate = Certificate {
        client: name.clone(),
        summary: listed.map(|item| item.summary).unwrap_or_default(),
        libraries: versions::of(name),
        crosswire,
        toolchain,
        verdict,
        interrupted: None,
        seeds: sum(|tally| tally.seeds),
        runs: sum(|tally| tally.runs),
        from: Seed(question.from),
        trials,
        not_reached,
        invariants: invariants_of(&tested, &broken),
        not_applicable: together.not_applicable(),
        situations: together.reached,
        findings: Vec::new(),
        signatures,
        cost: None,
    };
    Certified { certificate, finds: finding::in_order(finds) }
}

/// Returns the situations that are required of the client and that no trial reached. Of what a
/// client may offer, each trial requires what the client declares. No trial has dishonest devices,
/// which test services.
fn not_reached(together: &Together) -> Vec<String> {
    let exempt = together.not_applicable();
    let names = situations().iter().map(|(name, _)| *name);
    let names = names.filter(|name| *name != NOT_ASKED_FOR && !is_of_an_offer(name));
    let names = names.filter(|name| !is_of_dishonest_devices(name));
    let asked_for = names.filter(|name| !exempt.contains_key(*name));
    let not_reached = asked_for.filter(|name| !together.reached.contains_key(*name));
    not_reached.map(str::to_owned).collect()
}

fn trial_outcome(about: &battery::Trial, tally: &Tally) -> Trial {
    let missing: Vec<_> = tally
        .missing()
        .iter()
        .map(|missing| format!("{} {} of {}", missing.situation, missing.got, missing.need))
        .collect();
    let verdict = if tally.broken > 0 {
        Verdict::Violated
    } else if !missing.is_empty() || tally.clean == 0 {
        Verdict::Inconclusive
    } else {
        Verdict::Clean
    };
    Trial {
        name: about.name.to_owned(),
        about: about.about.to_owned(),
        scenario: about.scenario.to_owned(),
        verdict,
        seeds: tally.seeds,
        runs: tally.runs,
        clean: tally.clean,
        inconclusive: tally.inconclusive,
        violated: tally.broken,
        missing,
    }
}

fn invariants_of(
    tested: &BTreeMap<InvariantId, u64>,
    broken: &BTreeMap<InvariantId, u64>,
) -> Vec<Invariant> {
    let count = |counts: &BTreeMap<InvariantId, u64>, id| counts.get(id).copied().unwrap_or(0);
    let each = invariants().iter().map(|about| {
        let (tested, violated_runs) = (count(tested, &about.id), count(broken, &about.id));
        let verdict = match (tested, violated_runs) {
            (_, 1..) => Verdict::Violated,
            (0, 0) => Verdict::Inconclusive,
            _ => Verdict::Clean,
        };
        let (id, name) = (about.id, about.name.to_owned());
        Invariant { id, name, verdict, tested, violated_runs }
    });
    each.collect()
}

/// A certificate, with the failing runs from which its findings are made.
#[derive(Debug)]
pub struct Certified {
    /// The certificate.
    pub certificate: Certificate,
    finds: Vec<trial::Find>,
}

impl Certified {
    /// Returns the number of findings that are still to be minimized.
    pub fn finds(&self) -> usize {
        self.finds.len()
    }

    /// Adds the findings to the certificate, minimized if `minimized` is true, and returns the
    /// files to write for them. Calls `tick` with the number of findings so far. Once `stop`
    /// returns true, each finding stays as small as it is.
    pub fn small(
        &mut self,
        minimized: bool,
        client: &crate::sim::ClientUnderTest,
        tick: &dyn Fn(u64),
        stop: &dyn Fn() -> bool,
    ) -> Vec<FindingFile> {
        let mut kept = Vec::new();
        for (find, done) in std::mem::take(&mut self.finds).into_iter().zip(1..) {
            let (finding, file) = finding::finding(find, client, minimized, stop);
            self.certificate.findings.push(finding);
            kept.extend(file);
            tick(done);
        }
        kept
    }
}

impl Object for Certificate {
    const TYPE: &'static str = "certificate";
}
