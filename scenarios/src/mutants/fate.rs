//! Plays one mutant until it is killed, and compares it with the client it was made from.

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

/// The time after which a run hangs. One that ends takes a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs after which a mutant that had no clean one is given up: those of 16 seeds.
const DOUBTED: u64 = 44;

/// The scenarios that are played beside `swarm`, one run of each for every fourth seed: what kills that
/// `swarm` does not, and those that press a single clause of the contract.
const OTHERS: [&str; 7] = [
    "reconnect-storm",
    "own-writes.toml",
    "late-writes.toml",
    "silence.toml",
    "resale",
    "cut-writes.toml",
    "overtaken-reads.toml",
];

/// What killed a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kill {
    /// A violated run.
    Violated,
    /// A panic.
    Panicked,
    /// A run that did not end.
    Hung,
    /// The process ended: no memory or no stack was left.
    Aborted,
    /// No run was clean: each missed a required situation, such as useful work. The first run of the
    /// original that is looked at was clean.
    Inconclusive,
}

/// What became of a mutant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fate {
    /// What killed it; nothing if it survived.
    pub kill: Option<Kill>,
    /// The run that killed it, with the invariants or the panic.
    pub how: String,
    /// Runs of it, the last included.
    pub runs: u64,
    /// Whether a run was clean.
    pub clean: bool,
    /// Whether every run had the same bytes as that of the original.
    pub same: bool,
    /// Runs in which the original is violated or ends early itself; they do not count.
    pub accused: Vec<String>,
}

impl Default for Fate {
    /// That of a mutant that was not played.
    fn default() -> Self {
        let (how, accused) = (String::new(), Vec::new());
        Self { kill: None, how, runs: 0, clean: false, same: true, accused }
    }
}

impl Fate {
    /// The fate of a mutant whose process ended without a word.
    pub fn aborted(status: &str) -> Self {
        let how = status.to_owned();
        Self { kill: Some(Kill::Aborted), how, same: false, ..Self::default() }
    }

    /// Whether nothing is left to play of so many seeds.
    pub fn is_final(&self, seeds: u64) -> bool {
        match self.kill {
            Some(Kill::Inconclusive) => self.runs >= doubted(seeds),
            Some(_) => true,
            None => self.runs >= runs_of(seeds),
        }
    }

    /// The fate in one line.
    pub fn told(&self) -> String {
        let Self { how, runs, .. } = self;
        match (self.kill, self.same) {
            (Some(_), _) => format!("killed: {how}"),
            (None, true) => format!("not told apart: same bytes in {runs} runs"),
            (None, false) => format!("survived {runs} runs"),
        }
    }
}

/// The runs of a mutant: seeds of `swarm`, and for every fourth one run of each other scenario.
fn runs(seeds: u64) -> impl Iterator<Item = (&'static str, u64)> {
    (0..seeds).flat_map(|seed| {
        let others = OTHERS.into_iter().filter(move |_| seed % 4 == 3);
        [("swarm", seed)].into_iter().chain(others.map(move |other| (other, seed / 4)))
    })
}

/// The number of runs for so many seeds.
pub fn runs_of(seeds: u64) -> u64 {
    seeds + seeds / 4 * OTHERS.len() as u64
}

/// The number of runs after which a mutant without a clean one is given up.
fn doubted(seeds: u64) -> u64 {
    runs_of(seeds).min(DOUBTED)
}

/// What a run of an original came to.
#[derive(Clone, Copy)]
struct Known {
    /// Nothing if it did not end.
    digest: Option<Digest>,
    clean: bool,
    wrong: bool,
}

/// A correct client of the zoo, and its runs that were looked at.
pub struct Original {
    client: ClientUnderTest,
    known: BTreeMap<(&'static str, u64), Known>,
}

impl Original {
    /// The client of that name.
    pub fn named(name: &str) -> Self {
        let specimen = crosswire_zoo::correct().iter().find(|known| known.name == name);
        let specimen = specimen.expect("a mutant is of a client of the zoo");
        Self { client: zoo::client(specimen), known: BTreeMap::new() }
    }

    /// Returns what a run comes to, which is played once.
    fn known(&mut self, scenario: &'static str, seed: u64) -> Known {
        let Self { client, known } = self;
        *known.entry((scenario, seed)).or_insert_with(|| {
            let run = play_run(client, scenario, seed);
            let wrong = wrong(&run).is_some();
            let run = run.ok();
            let clean = run.as_ref().is_some_and(|run| run.findings.verdict == Verdict::Clean);
            Known { digest: run.map(|run| run.digest), clean, wrong }
        })
    }

    /// Whether any of so many first runs is clean.
    fn is_clean_once(&mut self, count: u64) -> bool {
        runs(count).take(count as usize).any(|(scenario, seed)| self.known(scenario, seed).clean)
    }
}

/// Plays a mutant until it is killed, or through all its runs. `before` is what became of it in the
/// first of them.
pub fn play(mutant: &Mutant, original: &mut Original, before: Fate, seeds: u64) -> Fate {
    let changed = ClientUnderTest { name: mutant.client.to_owned(), connect: (mutant.connect)() };
    let mut fate = Fate { kill: None, ..before };
    let mut missed = BTreeMap::new();
    let doubted = doubted(seeds);
    for (scenario, seed) in runs(seeds).skip(fate.runs as usize) {
        fate.runs += 1;
        let run = play_run(&changed, scenario, seed);
        if let Some((kill, how)) = wrong(&run) {
            fate.same = false;
            let how = format!("{how} ({scenario}, seed {seed})");
            if original.known(scenario, seed).wrong {
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
        // Nobody asks of an equivalent one whether it is told apart.
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

/// The situation that was missing most often.
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

/// What is wrong with a run, if anything is.
fn wrong(run: &Result<RunOutput, Unfinished>) -> Option<(Kill, String)> {
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

    /// A correct client that has become `connect`.
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
    fn every_fourth_seed_is_played_in_the_other_scenarios_too() {
        let all: Vec<_> = runs(8).collect();
        assert_eq!(all.len() as u64, runs_of(8));
        assert_eq!(all.len(), 8 + 2 * OTHERS.len());
        assert_eq!(all[3..6], [("swarm", 3), (OTHERS[0], 0), (OTHERS[1], 0)]);
        assert_eq!(all.last(), Some(&(OTHERS[6], 1)));
    }

    #[test]
    fn a_mutant_that_leaks_is_killed_and_says_where() {
        let fate = fate_of("prefixed", named(faulty(), "one-read"), 40);
        assert_eq!(fate.kill, Some(Kill::Violated), "{}", fate.told());
        assert!(fate.told().starts_with("killed: I") && fate.how.contains("seed"), "{}", fate.how);
    }

    #[test]
    fn one_that_is_the_original_has_the_same_bytes() {
        let fate = fate_of("prefixed", named(correct(), "prefixed"), 2);
        assert_eq!((fate.kill, fate.same, fate.runs), (None, true, 2));
        assert_eq!(fate.told(), "not told apart: same bytes in 2 runs");
    }

    #[test]
    fn one_that_is_another_correct_client_survives_with_other_bytes() {
        let fate = fate_of("prefixed", named(correct(), "ping-first"), 2);
        assert_eq!((fate.kill, fate.same), (None, false));
    }
}
