//! Runs the clients of the zoo: no correct one may be accused, and each faulty one should be found.

use crate::detection::APART;
use crate::tally::{Row, Tally};
use crosswire::Storm;
use crosswire::history::sync::Mutex;
use crosswire::plan::builtin::builtin;
use crosswire::sim::{ClientUnderTest, RunOutput};
use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::format::by_number;
use crosswire_zoo::{Specimen, correct};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Returns the client of a specimen.
pub fn client(specimen: &Specimen) -> ClientUnderTest {
    ClientUnderTest::new(specimen.name, (specimen.connect)())
}

/// Creates a storm with a specimen.
pub fn storm(specimen: &Specimen, scenario: &str) -> Storm {
    Storm::named(scenario).client_made_ready(client(specimen))
}

/// Returns the scenarios in which a correct client must be clean: all but `metastable`, where the
/// service collapses with any client.
pub fn scenarios() -> impl Iterator<Item = &'static str> {
    builtin().iter().map(|file| file.name).filter(|name| *name != "metastable")
}

/// Returns the correct client of that name.
pub fn correct_one(name: &str) -> Option<&'static Specimen> {
    correct().iter().find(|specimen| specimen.name == name)
}

/// Returns a row for each of these correct clients in each scenario, with `swarm` seeds of the
/// swarm and `others` seeds of each other scenario.
pub fn rows(clients: &[&'static Specimen], swarm: u64, others: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for specimen in clients {
        for scenario in scenarios() {
            let seeds = if scenario == "swarm" { swarm } else { others };
            let client = specimen.name;
            rows.push(Row { scenario, client, of_zoo: true, service: "standard", seeds });
        }
    }
    rows.retain(|row| row.seeds > 0);
    rows
}

/// Head of the table of correct clients.
pub const HEAD: &str = "\
| client | `swarm`: runs | clean | inconclusive | others: runs | clean | inconclusive | violated | panicked | missing situations |
|---|--:|--:|--:|--:|--:|--:|--:|--:|---|";

/// Returns the row of a correct client in the table.
pub fn row_of(specimen: &Specimen, tallies: &[Tally]) -> String {
    let mut sums = [[0_u64; 4]; 2];
    let mut missing = BTreeSet::new();
    for tally in tallies.iter().filter(|tally| tally.row.client == specimen.name) {
        let sum = &mut sums[usize::from(tally.row.scenario != "swarm")];
        for (sum, count) in sum.iter_mut().zip(tally.seeds) {
            *sum += count;
        }
        let scenario = tally.row.scenario;
        if tally.seeds.iter().sum::<u64>() == 0 {
            missing.insert(format!("not run yet ({scenario})"));
        } else {
            missing.extend(tally.missing.iter().map(|missing| format!("{missing} ({scenario})")));
        }
    }
    let [swarm, others] = sums.map(|[clean, violated, inconclusive, panicked]| {
        let played = clean + violated + inconclusive + panicked;
        format!("{played} | {clean} | {inconclusive}")
    });
    let [violated, panicked] = [1, 3].map(|at| sums[0][at] + sums[1][at]);
    let missing: Vec<_> = missing.into_iter().collect();
    let missing = if missing.is_empty() { "-".to_owned() } else { missing.join(", ") };
    let name = specimen.name;
    format!("| `{name}` | {swarm} | {others} | {violated} | {panicked} | {missing} |")
}

/// Returns the first failure of a specimen in a scenario: a panic, or a violated seed with its
/// invariants and the last lines of its story.
pub fn accused(specimen: &Specimen, scenario: &str, seeds: u64, jobs: usize) -> Option<String> {
    let outcome = storm(specimen, scenario).seeds(seeds).threads(jobs).run();
    let panicked = outcome.runs.iter().find_map(|one| Some((one.seed, one.run.as_ref().err()?)));
    match (outcome.first_violated(), panicked) {
        (_, Some((seed, panic))) => Some(format!("seed {seed}: {panic}")),
        (Some((seed, played)), None) => Some(format!("seed {seed}: {}", summary(played))),
        (None, None) => None,
    }
}

/// Summarizes a violated run: the invariants, and the end of its first story.
fn summary(played: &RunOutput) -> String {
    let ids = by_number(played.findings.counts.keys()).join(" ");
    let last = story(played).iter().rev().take(2).rev();
    last.fold(ids, |summary, line| summary + "\n      " + line.trim())
}

/// Returns the story of the first violation.
fn story(played: &RunOutput) -> &[String] {
    match played.findings.violations.first() {
        Some(violation) => &violation.story,
        None => &[],
    }
}

/// The results of searches for a faulty client in a scenario.
pub struct Search {
    /// Number of seeds to the first violation, for each search that found one, sorted.
    pub seeds: Vec<u64>,
    /// Number of searches.
    pub from: u64,
    /// The invariants that the first violations violated.
    pub violated: BTreeSet<InvariantId>,
    /// The seed of the first violation, with its invariants and the end of its story.
    pub first: Option<(u64, String)>,
    /// The whole story of that violation.
    pub story: Vec<String>,
}

impl Search {
    /// Returns the median number of seeds; none if fewer than half of the searches found it.
    pub fn median(&self) -> Option<u64> {
        self.seeds.get(self.from as usize / 2).copied()
    }
}

/// Searches for a faulty client from `from` starting points, `jobs` at a time, each over at most
/// `most` seeds.
pub fn look_for(
    specimen: &Specimen,
    scenario: &str,
    (from, most): (u64, u64),
    jobs: usize,
) -> Search {
    let (next, finds) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(from as usize) {
            scope.spawn(|| {
                let storm = storm(specimen, scenario);
                loop {
                    let nth = next.fetch_add(1, Ordering::Relaxed);
                    if nth >= from {
                        return;
                    }
                    let beginning = nth * APART;
                    let found = first_find(&storm, beginning, most);
                    let mut finds = finds.lock();
                    finds.extend(found.map(|(seed, found)| (beginning, seed, found)));
                }
            });
        }
    });
    let mut finds = finds.into_inner();
    finds.sort_by_key(|(beginning, ..)| *beginning);
    let mut search =
        Search { seeds: vec![], from, violated: BTreeSet::new(), first: None, story: vec![] };
    for (beginning, seed, found) in finds {
        search.seeds.push(seed - beginning + 1);
        search.violated.extend(found.findings.counts.keys());
        if search.first.is_none() {
            search.first = Some((seed, summary(&found)));
            search.story = story(&found).to_vec();
        }
    }
    search.seeds.sort_unstable();
    search
}

/// Returns the first violated run among `most` seeds.
fn first_find(storm: &Storm, beginning: u64, most: u64) -> Option<(u64, RunOutput)> {
    (beginning..beginning + most).find_map(|seed| match storm.play(seed) {
        Ok(played) if played.findings.verdict == Verdict::Violated => Some((seed, played)),
        _ => None,
    })
}
