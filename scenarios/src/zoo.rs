//! Plays the clients of the zoo: no correct one may be accused, and each faulty one should be found.

use crate::detection::APART;
use crate::tally::{Row, Tally};
use crosswire::Storm;
use crosswire::plan::builtin::builtin;
use crosswire::sim::{ClientUnderTest, RunOutput};
use crosswire_checker::Verdict;
use crosswire_output::format::by_number;
use crosswire_zoo::{Specimen, correct};
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The client of a specimen.
pub fn client(specimen: &Specimen) -> ClientUnderTest {
    ClientUnderTest { name: specimen.name.to_owned(), connect: (specimen.connect)() }
}

/// A storm with a specimen.
pub fn storm(specimen: &Specimen, scenario: &str) -> Storm {
    Storm::named(scenario).client_made_ready(client(specimen))
}

/// The scenarios in which a correct client must be clean: all but `metastable`, where the service
/// collapses whoever is under test.
pub fn scenarios() -> impl Iterator<Item = &'static str> {
    builtin().iter().map(|(name, _)| *name).filter(|name| *name != "metastable")
}

/// The correct client of that name.
pub fn correct_one(name: &str) -> Option<&'static Specimen> {
    correct().iter().find(|specimen| specimen.name == name)
}

/// The correct clients, each in every scenario: a row each. So many seeds of `swarm`, and of every other.
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

/// The head of the table of correct clients.
pub const HEAD: &str = "\
| client | `swarm`: played | clean | inconclusive | others: played | clean | inconclusive | violated | panicked | never reached |
|---|--:|--:|--:|--:|--:|--:|--:|--:|---|";

/// How a correct client came through its scenarios: a row of the table.
pub fn told_of(specimen: &Specimen, tallies: &[Tally]) -> String {
    let mut sums = [[0_u64; 4]; 2];
    let mut missing = BTreeSet::new();
    for tally in tallies.iter().filter(|tally| tally.row.client == specimen.name) {
        let sum = &mut sums[usize::from(tally.row.scenario != "swarm")];
        for (sum, count) in sum.iter_mut().zip(tally.seeds) {
            *sum += count;
        }
        let of = tally.missing.iter().map(|missing| format!("{missing} ({})", tally.row.scenario));
        missing.extend(of);
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

/// What was first wrong in seeds of a scenario with a specimen: a violated seed with its invariants and
/// the last lines of its story, or a panic.
pub fn accused(specimen: &Specimen, scenario: &str, seeds: u64, jobs: usize) -> Option<String> {
    let outcome = storm(specimen, scenario).seeds(seeds).threads(jobs).run();
    let panicked = outcome.runs.iter().find_map(|(seed, run)| Some((seed, run.as_ref().err()?)));
    match (outcome.first_violated(), panicked) {
        (_, Some((seed, panic))) => Some(format!("seed {seed}: {panic}")),
        (Some((seed, played)), None) => Some(format!("seed {seed}: {}", told(played))),
        (None, None) => None,
    }
}

/// The invariants that a run violated and the end of its first story.
fn told(played: &RunOutput) -> String {
    let ids = by_number(played.findings.counts.keys()).join(" ");
    let last = story(played).iter().rev().take(2).rev();
    last.fold(ids, |told, line| told + "\n      " + line.trim())
}

/// The story of the first violation.
fn story(played: &RunOutput) -> &[String] {
    match played.findings.violations.first() {
        Some(violation) => &violation.story,
        None => &[],
    }
}

/// How a faulty client was found in a scenario.
pub struct Search {
    /// Seeds to the first find, for each beginning from which there was one, in order.
    pub seeds: Vec<u64>,
    /// Beginnings.
    pub from: u64,
    /// The invariants that the first finds violated.
    pub violated: BTreeSet<String>,
    /// The seed, the invariants and the end of the story of the first find.
    pub first: Option<(u64, String)>,
    /// The whole story of the first find.
    pub story: Vec<String>,
}

impl Search {
    /// The median number of seeds; nothing if fewer than half of the beginnings found it.
    pub fn median(&self) -> Option<u64> {
        self.seeds.get(self.from as usize / 2).copied()
    }
}

/// Looks for a faulty client from so many beginnings, from each over at most `most` seeds; from so many
/// at a time.
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
                    let mut finds = finds.lock().expect("no search panics");
                    finds.extend(found.map(|(seed, found)| (beginning, seed, found)));
                }
            });
        }
    });
    let mut finds = finds.into_inner().expect("no search panics");
    finds.sort_by_key(|(beginning, ..)| *beginning);
    let mut search =
        Search { seeds: vec![], from, violated: BTreeSet::new(), first: None, story: vec![] };
    for (beginning, seed, found) in finds {
        search.seeds.push(seed - beginning + 1);
        search.violated.extend(found.findings.counts.keys().cloned());
        if search.first.is_none() {
            search.first = Some((seed, told(&found)));
            search.story = story(&found).to_vec();
        }
    }
    search.seeds.sort_unstable();
    search
}

/// The first violated run from a seed on, within so many seeds.
fn first_find(storm: &Storm, beginning: u64, most: u64) -> Option<(u64, RunOutput)> {
    (beginning..beginning + most).find_map(|seed| match storm.play(seed) {
        Ok(played) if played.findings.verdict == Verdict::Violated => Some((seed, played)),
        _ => None,
    })
}
