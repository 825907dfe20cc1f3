//! Measures how soon each mechanism is found.
//!
//! A mechanism is found by a violated run. The number of seeds and the CPU time until then depend
//! on the first seed, so searches begin at many starting points, far apart from each other.

use cpu_time::ProcessTime;
use crosswire::Storm;
use crosswire::mechanisms::Mechanism;
use crosswire::plan::scenario::Scenario;
use crosswire::scenarios;
use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::format::by_number;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Distance between two starting points, larger than any search.
pub(crate) const APART: u64 = 100_000;

/// The scenario variants in which mechanisms are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The scenario of the mechanism.
    Own,
    /// The swarm.
    Swarm,
    /// The swarm without faults and fault points.
    NoNemesis,
    /// The swarm with all faults equally likely, in a world of fixed size.
    Even,
}

/// The results of searches for a mechanism from many starting points.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Number of seeds to the first violation, for each search that found one, sorted.
    pub seeds: Vec<u64>,
    /// CPU milliseconds to the first violation, sorted.
    pub cpu_ms: Vec<f64>,
    /// Number of searches.
    pub from: u64,
    /// The invariants that the first violations violated.
    pub violated: BTreeSet<InvariantId>,
}

impl Found {
    /// Returns the median number of seeds; none if fewer than half of the searches found it.
    pub fn median_seeds(&self) -> Option<u64> {
        self.seeds.get(self.from as usize / 2).copied()
    }

    /// Returns the largest number of seeds; none if a search failed.
    pub fn worst_seeds(&self) -> Option<u64> {
        if self.seeds.len() as u64 == self.from { self.seeds.last().copied() } else { None }
    }

    /// Returns the median CPU time in ms.
    pub fn median_cpu_ms(&self) -> Option<f64> {
        self.cpu_ms.get(self.from as usize / 2).copied()
    }

    /// Returns the largest CPU time in ms; none if a search failed.
    pub fn worst_cpu_ms(&self) -> Option<f64> {
        if self.cpu_ms.len() as u64 == self.from { self.cpu_ms.last().copied() } else { None }
    }
}

fn scenario(mechanism: &Mechanism, setting: Setting) -> Scenario {
    let name = if setting == Setting::Own { mechanism.scenario } else { "swarm" };
    let mut scenario = scenarios::scenario(name).expect("it comes with Crosswire");
    match (setting, &mut scenario.swarm) {
        (Setting::Even, Some(swarm)) => swarm.evenly = true,
        (Setting::NoNemesis, Some(_)) => {
            scenario.faults.clear();
            scenario.points.clear();
        }
        _ => {}
    }
    scenario
}

/// Searches for a mechanism from `from` starting points, each over at most `most` seeds.
pub fn look_for(mechanism: &Mechanism, setting: Setting, from: u64, most: u64) -> Found {
    let storm = Storm::of(scenario(mechanism, setting))
        .client(mechanism.client(false))
        .service_named(mechanism.service(false));
    let mut found = Found { seeds: vec![], cpu_ms: vec![], from, violated: BTreeSet::new() };
    for beginning in 0..from {
        let start = ProcessTime::now();
        for nth in 1..=most {
            // A run that panics has found nothing: the mechanisms are those of invariants.
            let Ok(run) = storm.play(beginning * APART + nth - 1) else { continue };
            if run.findings.verdict == Verdict::Violated {
                found.seeds.push(nth);
                found.cpu_ms.push(start.elapsed().as_secs_f64() * 1_000.0);
                found.violated.extend(run.findings.counts.into_keys());
                break;
            }
        }
    }
    found.seeds.sort_unstable();
    found.cpu_ms.sort_by(f64::total_cmp);
    found
}

/// Returns a row of the table.
pub fn row(mechanism: &Mechanism, settings: &[Found; 4]) -> String {
    let [own, swarm, no_nemesis, even] = settings;
    let mut row = format!(
        "| {} | {} | `{}` | `{}` |",
        mechanism.number, mechanism.name, mechanism.faulty, mechanism.scenario
    );
    let seeds = |seeds: Option<u64>| seeds.map_or("-".to_owned(), |seeds| seeds.to_string());
    let cpu_ms = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.0}"));
    for found in [own, swarm] {
        let (median, worst) = (seeds(found.median_seeds()), seeds(found.worst_seeds()));
        let (usual, longest) = (cpu_ms(found.median_cpu_ms()), cpu_ms(found.worst_cpu_ms()));
        let _ = write!(row, " {median} | {worst} | {usual} | {longest} |");
    }
    for found in [no_nemesis, even] {
        let median = seeds(found.median_seeds());
        let _ = write!(row, " {} of {} | {median} |", found.seeds.len(), found.from);
    }
    let violated = by_number(own.violated.union(&swarm.violated));
    row + &format!(" {} |", violated.join(" "))
}

/// Head of the table.
pub const HEAD: &str = "\
| # | mechanism | client or service | own scenario | own: median seeds | worst | median CPU ms | worst | swarm: median seeds | worst | median CPU ms | worst | no nemesis: found | median seeds | even faults: found | median seeds | violated |
|--:|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|";
