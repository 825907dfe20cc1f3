//! A certificate: what a client was put through, what that reached, and how it held.
//!
//! It never says that a client is safe. It says for how many seeds it held, and which situations
//! these seeds reached; or what was broken, with the story and a small run that shows it again.
//!
//! - [`battery`]: what every client is put through, as data
//! - `trial`: plays it
//! - [`finding`]: what went wrong, made small
//! - [`cost`]: what the client costs the standard storm, beside our own
//! - [`versions`]: which libraries it is made of
//! - [`mod@print`]: the page
//!
//! But for the CPU time in [`cost`], all of it is the same whenever and wherever it is made.

pub mod battery;
pub mod cost;
pub mod finding;
pub mod print;
pub mod versions;

mod trial;

pub use finding::{Finding, Kept};
pub use trial::Question;

use crate::catalog::{self, Kind};
use crate::saved::Made;
use battery::{BATTERY, NOT_ASKED_FOR};
use cost::Cost;
use crosswire_checker::{Together, Verdict, add_counts, invariants, situations};
use crosswire_output::machine::{self, Object};
use crosswire_output::text::grouped;
use crosswire_plan::Seed;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use trial::{Battery, Tally};
use versions::Library;

/// A certificate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Certificate {
    /// The client.
    pub client: String,
    /// What it is, in a line.
    pub summary: String,
    /// The libraries that it is made of; none if it is all ours.
    pub libraries: Vec<Library>,
    /// The version of Crosswire.
    pub crosswire: String,
    /// The compiler that built it.
    pub toolchain: String,
    /// The verdict.
    pub verdict: Verdict,
    /// How far it had come when it was interrupted, if it was: then it is not clean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// Seeds that were played, in all trials together.
    pub seeds: u64,
    /// Runs: more than seeds, where a seed was played for each await of the client.
    pub runs: u64,
    /// The first seed of each trial, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub from: Seed,
    /// The parts of the battery.
    pub trials: Vec<Trial>,
    /// How often each situation was reached, in all trials together.
    pub situations: BTreeMap<String, u64>,
    /// Situations that had to be reached by one trial or another, and were by none.
    pub not_reached: Vec<String>,
    /// Situations and invariants that do not apply to the client, each with the reason: neither asked for
    /// nor counted.
    pub not_applicable: BTreeMap<String, String>,
    /// Each invariant.
    pub invariants: Vec<Invariant>,
    /// For each invariant that was broken, the smallest run that shows it.
    pub findings: Vec<Finding>,
    /// How many runs had each signature: what is the same for all that have one cause.
    pub signatures: BTreeMap<String, u64>,
    /// What it costs.
    pub cost: Option<Cost>,
}

/// A part of the battery, and what came of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Trial {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The scenario, or the one that it is a variation of.
    pub scenario: String,
    /// The verdict of it.
    pub verdict: Verdict,
    /// Seeds.
    pub seeds: u64,
    /// Runs.
    pub runs: u64,
    /// Runs in which nothing was broken and everything was reached.
    pub clean: u64,
    /// Runs in which nothing was broken and something was not reached.
    pub inconclusive: u64,
    /// Runs in which an invariant was violated, or that came to no end.
    pub violated: u64,
    /// What its runs together had to reach and did not.
    pub missing: Vec<String>,
}

/// An invariant, and how it held.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Invariant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The verdict: inconclusive if it was never tested.
    pub verdict: Verdict,
    /// How often it was tested.
    pub tested: u64,
    /// In how many runs it was violated.
    pub violated_runs: u64,
}

impl Certificate {
    /// Notes that it was interrupted before all was done, of which `seeds` are the seeds: it is not clean.
    pub fn interrupt(&mut self, seeds: u64) {
        let (done, all) = (grouped(self.seeds), grouped(seeds));
        self.interrupted = Some(format!("interrupted after {done} of {all} seeds"));
        if self.verdict == Verdict::Clean {
            self.verdict = Verdict::Inconclusive;
        }
    }
}

/// Plays the battery, or what of it is played until `stop` says so. `tick` is told after each seed how
/// many are done. The cost is not in it yet ([`cost::beside`]), and findings are as large as they were
/// found ([`Certified::small`]).
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
        BATTERY.iter().zip(&tallies).map(|(about, tally)| told(about, tally)).collect();
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

/// The situations that are asked for of the client and that no trial reached.
fn not_reached(together: &Together) -> Vec<String> {
    let exempt = together.not_applicable();
    let names = situations().iter().map(|(name, _)| *name);
    let asked_for = names.filter(|name| *name != NOT_ASKED_FOR && !exempt.contains_key(*name));
    let not_reached = asked_for.filter(|name| !together.reached.contains_key(*name));
    not_reached.map(str::to_owned).collect()
}

fn told(about: &battery::Trial, tally: &Tally) -> Trial {
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

fn invariants_of(tested: &BTreeMap<String, u64>, broken: &BTreeMap<String, u64>) -> Vec<Invariant> {
    let count = |counts: &BTreeMap<String, u64>, id| counts.get(id).copied().unwrap_or(0);
    let each = invariants().iter().map(|about| {
        let (tested, violated_runs) =
            (count(tested, about.id.as_str()), count(broken, about.id.as_str()));
        let verdict = match (tested, violated_runs) {
            (_, 1..) => Verdict::Violated,
            (0, 0) => Verdict::Inconclusive,
            _ => Verdict::Clean,
        };
        let (id, name) = (about.id.to_string(), about.name.to_owned());
        Invariant { id, name, verdict, tested, violated_runs }
    });
    each.collect()
}

/// A certificate, and the runs that its findings are to be told of.
pub struct Certified {
    /// The certificate.
    pub certificate: Certificate,
    finds: Vec<trial::Find>,
}

impl Certified {
    /// How many findings there are to be made small.
    pub fn finds(&self) -> usize {
        self.finds.len()
    }

    /// Makes each finding small, or if not `shrunk` leaves it as it is, and puts it into the
    /// certificate. `tick` is told how many are done. What is to be kept of them is given back. When
    /// `stop` says so, each is kept as small as it is.
    pub fn small(
        &mut self,
        shrunk: bool,
        client: &crate::sim::ClientUnderTest,
        tick: &dyn Fn(u64),
        stop: &dyn Fn() -> bool,
    ) -> Vec<Kept> {
        let mut kept = Vec::new();
        for (find, done) in std::mem::take(&mut self.finds).into_iter().zip(1..) {
            let (finding, file) = finding::told(find, client, shrunk, stop);
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
