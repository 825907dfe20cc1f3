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

use crate::saved::Made;
use crate::text::grouped;
use battery::{BATTERY, NOT_ASKED_FOR};
use cost::Cost;
use crosswire_checker::{invariants, situations};
use crosswire_plan::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use trial::{Battery, Tally};
use versions::Library;

/// The version of the certificate's form.
pub const VERSION: u32 = 1;

/// What is to be said of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Nothing was broken, and every trial and all together reached what they had to.
    Held,
    /// An invariant was broken, or a run came to no end.
    Broken,
    /// Nothing was broken, but something that had to be reached was not.
    Inconclusive,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::Inconclusive => "inconclusive",
        })
    }
}

/// A certificate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of this form.
    pub version: u32,
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
    pub verdict: Held,
    /// How far it had come when it was interrupted, if it was: then it is not held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// Seeds that were played, in all trials together.
    pub seeds: u64,
    /// Runs: more than seeds, where a seed was played for each await of the client.
    pub runs: u64,
    /// The first seed of each trial; a string of digits if it is above 2^53.
    #[schemars(with = "crate::hunt::finding::SeedInJson")]
    pub from: Seed,
    /// The parts of the battery.
    pub trials: Vec<Trial>,
    /// How often each situation was reached, in all trials together.
    pub situations: BTreeMap<String, u64>,
    /// Situations that had to be reached by one trial or another, and were by none.
    pub not_reached: Vec<String>,
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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// The scenario, or the one that it is a variation of.
    pub scenario: String,
    /// The verdict of it.
    pub verdict: Held,
    /// Seeds.
    pub seeds: u64,
    /// Runs.
    pub runs: u64,
    /// Runs in which nothing was broken and everything was reached.
    pub clean: u64,
    /// Runs in which nothing was broken and something was not reached.
    pub inconclusive: u64,
    /// Runs in which something was broken, or that came to no end.
    pub broken: u64,
    /// What its runs together had to reach and did not.
    pub missing: Vec<String>,
}

/// An invariant, and how it held.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invariant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The verdict: inconclusive if it was never tested.
    pub verdict: Held,
    /// How often it was tested.
    pub tested: u64,
    /// In how many runs it was broken.
    pub broken_runs: u64,
}

impl Certificate {
    /// Notes that it was interrupted before all was done, of which `seeds` are the seeds: nothing held.
    pub fn interrupt(&mut self, seeds: u64) {
        let (done, all) = (grouped(self.seeds), grouped(seeds));
        self.interrupted = Some(format!("interrupted after {done} of {all} seeds"));
        if self.verdict == Held::Held {
            self.verdict = Held::Inconclusive;
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
    let (mut reached, mut tested, mut broken) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for tally in &tallies {
        trial::add(&mut reached, &tally.reached);
        trial::add(&mut tested, &tally.tested);
        trial::add(&mut broken, &tally.broken_by);
    }
    let asked_for =
        situations().iter().map(|(name, _)| *name).filter(|name| *name != NOT_ASKED_FOR);
    let not_reached: Vec<_> =
        asked_for.filter(|name| !reached.contains_key(*name)).map(str::to_owned).collect();
    let trials: Vec<_> =
        BATTERY.iter().zip(&tallies).map(|(about, tally)| told(about, tally)).collect();
    let any = |verdict| trials.iter().any(|trial| trial.verdict == verdict);
    let verdict = if any(Held::Broken) {
        Held::Broken
    } else if any(Held::Inconclusive) || !not_reached.is_empty() {
        Held::Inconclusive
    } else {
        Held::Held
    };
    let Made { crosswire, toolchain, .. } = Made::here();
    let name = &question.client.name;
    let spec = crosswire_cache::all().iter().find(|spec| spec.name == name);
    let certificate = Certificate {
        version: VERSION,
        client: name.clone(),
        summary: spec.map(|spec| spec.summary.to_owned()).unwrap_or_default(),
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
        situations: reached,
        findings: Vec::new(),
        signatures,
        cost: None,
    };
    Certified { certificate, finds: finding::in_order(finds) }
}

fn told(about: &battery::Trial, tally: &Tally) -> Trial {
    let missing: Vec<_> = tally
        .missing()
        .iter()
        .map(|missing| format!("{} {} of {}", missing.situation, missing.got, missing.need))
        .collect();
    let verdict = if tally.broken > 0 {
        Held::Broken
    } else if !missing.is_empty() || tally.clean == 0 {
        Held::Inconclusive
    } else {
        Held::Held
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
        broken: tally.broken,
        missing,
    }
}

fn invariants_of(tested: &BTreeMap<String, u64>, broken: &BTreeMap<String, u64>) -> Vec<Invariant> {
    let count = |counts: &BTreeMap<String, u64>, id| counts.get(id).copied().unwrap_or(0);
    let each = invariants().iter().map(|about| {
        let (tested, broken_runs) = (count(tested, about.id), count(broken, about.id));
        let verdict = match (tested, broken_runs) {
            (_, 1..) => Held::Broken,
            (0, 0) => Held::Inconclusive,
            _ => Held::Held,
        };
        let (id, name) = (about.id.to_owned(), about.name.to_owned());
        Invariant { id, name, verdict, tested, broken_runs }
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
        client: &crate::stage::ClientUnderTest,
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

/// The JSON Schema of a certificate, which stands in `sim/certificate.schema.json`.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Certificate);
    schema.insert("title".to_owned(), "A certificate of Crosswire".into());
    schema.to_value()
}

#[cfg(test)]
mod tests;
