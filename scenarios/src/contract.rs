//! The contract of `CacheClient`: its clauses, as the trait's docs have them, and how the pair of
//! each is played.

use crate::zoo::client;
use crosswire::Storm;
use crosswire::text::by_number;
use crosswire_zoo::Specimen;
use crosswire_zoo::contract::Pair;
use std::path::Path;

/// The folder with the scenarios that press single clauses.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract");

/// Seeds with which a correct client is played besides those that the faulty one needs.
pub const MORE: u64 = 2;

/// A storm with a client of the pair in the scenario that presses the clause.
pub fn storm(pair: &Pair, specimen: &Specimen) -> Storm {
    let storm = if pair.scenario.ends_with(".toml") {
        Storm::from_file(Path::new(FOLDER).join(pair.scenario))
    } else {
        Storm::named(pair.scenario)
    };
    storm.client_made_ready(client(specimen))
}

/// What came of a pair.
pub struct Tried {
    /// What is wrong with how the correct client came through; nothing if it was clean.
    pub accused: Option<String>,
    /// Seeds until the faulty one was found, and the invariants that it violated then.
    pub found: Option<(u64, Vec<String>)>,
}

impl Tried {
    /// What speaks against the clause, if anything does.
    pub fn complaint(&self, pair: &Pair) -> Option<String> {
        let Pair { clause, right, wrong, scenario, seeds, .. } = pair;
        if let Some(accused) = &self.accused {
            return Some(format!("{clause}: `{right}` in {scenario}: {accused}"));
        }
        let Some((_, violated)) = &self.found else {
            return Some(format!(
                "{clause}: `{wrong}` is not found within {seeds} seeds of {scenario}"
            ));
        };
        if violated.iter().any(|id| pair.violates.contains(&id.as_str())) {
            return None;
        }
        let named = pair.violates.join(", ");
        Some(format!("{clause}: `{wrong}` violates {}; {named} expected", violated.join(", ")))
    }
}

/// Plays both clients of a pair.
pub fn play(pair: &Pair, jobs: usize) -> Tried {
    let right = storm(pair, pair.right()).seeds(pair.seeds + MORE).threads(jobs).run();
    let wrong = storm(pair, pair.wrong()).seeds(pair.seeds).threads(jobs).run();
    let panicked = |outcome: &crosswire::Outcome| {
        let runs = outcome.runs.iter();
        runs.clone().find_map(|(seed, run)| Some(format!("seed {seed}: {}", run.as_ref().err()?)))
    };
    let accused = match (panicked(&right), right.first_violated(), right.missing().first()) {
        (Some(panicked), ..) => Some(panicked),
        (None, Some((seed, played)), _) => {
            let ids = by_number(played.findings.counts.keys()).join(" ");
            Some(format!("seed {seed} violates {ids}"))
        }
        (None, None, Some((situation, ..))) => Some(format!("`{situation}` is never reached")),
        (None, None, None) => None,
    };
    let found = wrong.first_violated().map(|(seed, played)| {
        let ids = by_number(played.findings.counts.keys());
        (seed + 1, ids.into_iter().map(|id| id.to_string()).collect())
    });
    Tried { accused, found }
}
