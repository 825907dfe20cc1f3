//! Plays one mutant until it is killed, and compares it with the client it was made from.

use super::Mutant;
use crate::zoo;
use crosswire::Storm;
use crosswire::stage::{ClientUnderTest, Played, Unfinished, play_within};
use crosswire::text::by_number;
use crosswire_checker::Verdict;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The time after which a run hangs. None that ends takes a tenth of it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The scenarios that are played beside `swarm`, one run of each for every fourth seed.
const OTHERS: [&str; 3] = ["notification-mix-up", "bad-network-update", "reconnect-storm"];

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
    /// No run was conclusive, though one of the original was.
    Inconclusive,
}

/// What became of a mutant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fate {
    /// What killed it; nothing if it survived.
    pub kill: Option<Kill>,
    /// The run that killed it, with the invariants or the panic.
    pub how: String,
    /// Runs of it, the last included.
    pub runs: u64,
    /// Whether every run had the same bytes as that of the original.
    pub same: bool,
    /// Runs in which the original is violated or ends early itself; they do not count.
    pub accused: Vec<String>,
}

impl Fate {
    /// The fate of a mutant whose process ended without a word.
    pub fn aborted(status: &str) -> Self {
        Self { kill: Some(Kill::Aborted), how: status.to_owned(), ..Self::default() }
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

/// Plays a mutant until it is killed, or through all its runs.
pub fn play(mutant: &Mutant, seeds: u64) -> Fate {
    let changed = ClientUnderTest { name: mutant.client.to_owned(), connect: (mutant.connect)() };
    let original = crosswire_zoo::correct().iter().find(|known| known.name == mutant.client);
    let original = zoo::client(original.expect("a mutant is of a client of the zoo"));
    let mut fate = Fate { same: true, ..Fate::default() };
    let mut concluded = false;
    for (scenario, seed) in runs(seeds) {
        fate.runs += 1;
        let run = play_run(&changed, scenario, seed);
        if let Some((kill, how)) = wrong(&run) {
            fate.same = false;
            let how = format!("{how} ({scenario}, seed {seed})");
            if wrong(&play_run(&original, scenario, seed)).is_some() {
                fate.accused.push(how);
                continue;
            }
            return Fate { kill: Some(kill), how, ..fate };
        }
        let Ok(run) = run else { continue };
        concluded |= run.findings.verdict == Verdict::Clean;
        if fate.same {
            let twin = play_run(&original, scenario, seed);
            fate.same = twin.is_ok_and(|twin| twin.digest == run.digest);
        }
    }
    if !concluded && !fate.same && concludes(&original, seeds) {
        let how = format!("no run of {} was conclusive", fate.runs);
        return Fate { kill: Some(Kill::Inconclusive), how, ..fate };
    }
    fate
}

fn play_run(client: &ClientUnderTest, scenario: &str, seed: u64) -> Result<Played, Unfinished> {
    let plan = Storm::named(scenario).plan(seed);
    play_within(&plan, client, PATIENCE)
}

/// What is wrong with a run, if anything is.
fn wrong(run: &Result<Played, Unfinished>) -> Option<(Kill, String)> {
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

/// Whether any of these runs of a client is clean.
fn concludes(client: &ClientUnderTest, seeds: u64) -> bool {
    runs(seeds).any(|(scenario, seed)| {
        let run = play_run(client, scenario, seed);
        run.is_ok_and(|run| run.findings.verdict == Verdict::Clean)
    })
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
            connect: specimen.connect,
        }
    }

    #[test]
    fn every_fourth_seed_is_played_in_the_other_scenarios_too() {
        let all: Vec<_> = runs(8).collect();
        assert_eq!(all.len(), 8 + 2 * OTHERS.len());
        assert_eq!(all[3..6], [("swarm", 3), (OTHERS[0], 0), (OTHERS[1], 0)]);
        assert_eq!(all.last(), Some(&(OTHERS[2], 1)));
    }

    #[test]
    fn a_mutant_that_leaks_is_killed_and_says_where() {
        let fate = play(&become_of("prefixed", named(faulty(), "one-read")), 40);
        assert_eq!(fate.kill, Some(Kill::Violated), "{}", fate.told());
        assert!(fate.told().starts_with("killed: I") && fate.how.contains("seed"), "{}", fate.how);
    }

    #[test]
    fn one_that_is_the_original_has_the_same_bytes() {
        let fate = play(&become_of("prefixed", named(correct(), "prefixed")), 2);
        assert_eq!((fate.kill, fate.same, fate.runs), (None, true, 2));
        assert_eq!(fate.told(), "not told apart: same bytes in 2 runs");
    }

    #[test]
    fn one_that_is_another_correct_client_survives_with_other_bytes() {
        let fate = play(&become_of("prefixed", named(correct(), "ping-first")), 2);
        assert_eq!((fate.kill, fate.same), (None, false));
    }
}
