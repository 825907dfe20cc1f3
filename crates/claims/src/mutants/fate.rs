//! Runs one mutant until it is killed, and compares it with the client it was made from.

use super::Mutant;
use crate::contract::storm_in;
use crate::zoo;
use crosswire::history::Digest;
use crosswire::sim::{ClientUnderTest, RunOutput, Unfinished, play_within};
use crosswire_checker::Verdict;
use crosswire_output::format::by_number;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Time after which a run is considered hung. One that ends takes a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Number of runs, those of 16 seeds, after which a mutant without a clean run is abandoned.
const DOUBTED: u64 = 44;

/// The scenarios that run beside `swarm`, once for every fourth seed: those that kill what `swarm`
/// does not, and those that stress a single clause of the contract.
const OTHERS: [&str; 7] = [
    "reconnect-storm",
    "own-writes.toml",
    "late-writes.toml",
    "silence.toml",
    "resale",
    "cut-writes.toml",
    "overtaken-reads.toml",
];

/// The cause of a mutant's death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kill {
    /// A violated run.
    Violated,
    /// A panic.
    Panicked,
    /// A run that did not end.
    Hung,
    /// An exit of the process, out of memory or stack.
    Aborted,
    /// No clean run: each missed a required situation, such as useful work, whereas the original
    /// had a clean run.
    Inconclusive,
}

/// The fate of a mutant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fate {
    /// The cause of its death; none if it survived.
    pub kill: Option<Kill>,
    /// The run that killed it, with the invariants or the panic.
    pub how: String,
    /// Number of its runs, including the last.
    pub runs: u64,
    /// True if some run was clean.
    pub clean: bool,
    /// True if every run had the same bytes as that of the original.
    pub same: bool,
    /// Runs in which the original fails as well; they do not count.
    pub accused: Vec<String>,
}

impl Default for Fate {
    /// Returns the fate of a mutant that has not run.
    fn default() -> Self {
        let (how, accused) = (String::new(), Vec::new());
        Self { kill: None, how, runs: 0, clean: false, same: true, accused }
    }
}

impl Fate {
    /// Returns the fate of a mutant whose process ended without output.
    pub fn aborted(status: &str) -> Self {
        let how = status.to_owned();
        Self { kill: Some(Kill::Aborted), how, same: false, ..Self::default() }
    }

    /// Returns whether nothing is left to run of this number of seeds.
    pub fn is_final(&self, seeds: u64) -> bool {
        match self.kill {
            Some(Kill::Inconclusive) => self.runs >= doubted(seeds),
            Some(_) => true,
            None => self.runs >= runs_of(seeds),
        }
    }

    /// Describes the fate on one line.
    pub fn words(&self) -> String {
        let Self { how, runs, .. } = self;
        match (self.kill, self.same) {
            (Some(_), _) => format!("killed: {how}"),
            (None, true) => format!("indistinguishable: same bytes in {runs} runs"),
            (None, false) => format!("survived {runs} runs"),
        }
    }
}

/// Returns the runs of a mutant: seeds of `swarm`, and for every fourth one a run of each other
/// scenario.
fn runs(seeds: u64) -> impl Iterator<Item = (&'static str, u64)> {
    (0..seeds).flat_map(|seed| {
        let others = OTHERS.into_iter().filter(move |_| seed % 4 == 3);
        [("swarm", seed)].into_iter().chain(others.map(move |other| (other, seed / 4)))
    })
}

/// Returns the number of runs for this number of seeds.
pub fn runs_of(seeds: u64) -> u64 {
    seeds + seeds / 4 * OTHERS.len() as u64
}

/// Returns the number of runs after which a mutant without a clean one is abandoned.
fn doubted(seeds: u64) -> u64 {
    runs_of(seeds).min(DOUBTED)
}

/// The result of a run of an original.
#[derive(Clone, Copy)]
struct Known {
    /// None if it did not end.
    digest: Option<Digest>,
    clean: bool,
    failed: bool,
}

/// A correct client of the zoo, with its runs so far.
pub struct Original {
    client: ClientUnderTest,
    known: BTreeMap<(&'static str, u64), Known>,
}

impl Original {
    /// Returns the client of that name.
    pub fn named(name: &str) -> Self {
        let specimen = crosswire_zoo::correct().iter().find(|known| known.name == name);
        let specimen = specimen.expect("a mutant is of a client of the zoo");
        Self { client: zoo::client(specimen), known: BTreeMap::new() }
    }

    /// Returns the result of a run, which is executed once.
    fn known(&mut self, scenario: &'static str, seed: u64) -> Known {
        let Self { client, known } = self;
        *known.entry((scenario, seed)).or_insert_with(|| {
            let run = play_run(client, scenario, seed);
            let failed = failure(&run).is_some();
            let run = run.ok();
            let clean = run.as_ref().is_some_and(|run| run.findings.verdict == Verdict::Clean);
            Known { digest: run.map(|run| run.digest), clean, failed }
        })
    }

    /// Returns whether any of the first `count` runs is clean.
    fn is_clean_once(&mut self, count: u64) -> bool {
        runs(count).take(count as usize).any(|(scenario, seed)| self.known(scenario, seed).clean)
    }
}

/// Runs a mutant until it is killed, or through all its runs. `before` is its fate after the first
/// of them.
pub fn play(mutant: &Mutant, original: &mut Original, before: Fate, seeds: u64) -> Fate {
    let changed = ClientUnderTest::new(mutant.client, (mutant.connect)());
    let mut fate = Fate { kill: None, ..before };
    let mut missed = BTreeMap::new();
    let doubted = doubted(seeds);
    for (scenario, seed) in runs(seeds).skip(fate.runs as usize) {
        fate.runs += 1;
        let run = play_run(&changed, scenario, seed);
        if let Some((kill, how)) = failure(&run) {
            fate.same = false;
            let how = format!("{how} ({scenario}, seed {seed})");
            if original.known(scenario, seed).failed {
                fate.accused.push(how);
                continue;
            }
            return Fate { kill: Some(kill), how, ..fate };
        }
        let Ok(run) = run else { continue };
        fate.clean |= run.findings.verdict == Verdict::Clean;
        for missing in &run.findings.missing {
            *missed.entry(missing.situation.clone()).or_insert(0_u64) += 1;
        }
        // An equivalent mutant need not be distinguishable.
        if fate.same && mutant.equivalent.is_none() {
            fate.same = original.known(scenario, seed).digest == Some(run.digest);
        }
        if fate.runs >= doubted && !fate.clean && original.is_clean_once(doubted) {
            let how = format!("no run of {} was clean: {}", fate.runs, most(&missed));
            return Fate { kill: Some(Kill::Inconclusive), how, ..fate };
        }
    }
    fate
}

/// Names the situation that was missing most often.
fn most(missed: &BTreeMap<String, u64>) -> String {
    match missed.iter().max_by_key(|(_, times)| **times) {
        Some((situation, times)) => format!("`{situation}` was missing in {times}"),
        None => "nothing was missing".to_owned(),
    }
}

fn play_run(client: &ClientUnderTest, scenario: &str, seed: u64) -> Result<RunOutput, Unfinished> {
    let plan = storm_in(scenario).plan(seed);
    play_within(&plan, client, PATIENCE)
}

/// Returns the failure of a run, if it failed.
fn failure(run: &Result<RunOutput, Unfinished>) -> Option<(Kill, String)> {
    match run {
        Err(panic @ Unfinished::Panicked(_)) => Some((Kill::Panicked, panic.to_string())),
        Err(hung @ Unfinished::Hung(_)) => Some((Kill::Hung, hung.to_string())),
        Ok(run) if run.findings.verdict == Verdict::Violated => {
            let ids = by_number(run.findings.counts.keys()).join(" ");
            Some((Kill::Violated, ids))
        }
        Ok(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_zoo::{Specimen, correct, faulty};

    fn named(all: &'static [Specimen], name: &str) -> &'static Specimen {
        all.iter().find(|specimen| specimen.name == name).expect("it is in the zoo")
    }

    /// Returns a mutant of a correct client that has become the other client.
    fn become_of(client: &'static str, specimen: &'static Specimen) -> Mutant {
        Mutant {
            client,
            operator: "count",
            file: "correct/none.rs",
            line: 1,
            change: "",
            equivalent: None,
            survivor: None,
            connect: specimen.connect,
        }
    }

    fn fate_of(client: &'static str, specimen: &'static Specimen, seeds: u64) -> Fate {
        let mutant = become_of(client, specimen);
        play(&mutant, &mut Original::named(client), Fate::default(), seeds)
    }

    #[test]
    fn every_fourth_seed_runs_in_the_other_scenarios_too() {
        let all: Vec<_> = runs(8).collect();
        assert_eq!(all.len() as u64, runs_of(8));
        assert_eq!(all.len(), 8 + 2 * OTHERS.len());
        assert_eq!(all[3..6], [("swarm", 3), (OTHERS[0], 0), (OTHERS[1], 0)]);
        assert_eq!(all.last(), Some(&(OTHERS[6], 1)));
    }

    #[test]
    fn a_mutant_that_leaks_is_killed_with_the_place() {
        let fate = fate_of("prefixed", named(faulty(), "one-read"), 40);
        assert_eq!(fate.kill, Some(Kill::Violated), "{}", fate.words());
        assert!(fate.words().starts_with("killed: I") && fate.how.contains("seed"), "{}", fate.how);
    }

    #[test]
    fn an_unchanged_client_has_the_same_bytes() {
        let fate = fate_of("prefixed", named(correct(), "prefixed"), 2);
        assert_eq!((fate.kill, fate.same, fate.runs), (None, true, 2));
        assert_eq!(fate.words(), "indistinguishable: same bytes in 2 runs");
    }

    #[test]
    fn another_correct_client_survives_with_other_bytes() {
        let fate = fate_of("prefixed", named(correct(), "ping-first"), 2);
        assert_eq!((fate.kill, fate.same), (None, false));
    }
}
