//! Compares guided with unguided search for the same mechanisms, with the same CPU time.
//!
//! In the scenario made for it, a mechanism is found within a few seeds, before a guided hunt can
//! learn anything. So it is searched for elsewhere: in a scenario about something else, and in a
//! *thin* swarm, whose seeds have few of the many faults and change few rights.

use cpu_time::ProcessTime;
use crosswire::mechanisms::Mechanism;
use crosswire::plan::scenario::{Changes, Drawn, Scenario};
use crosswire::scenarios;
use crosswire::sim::{ClientUnderTest, watch};
use crosswire_checker::Verdict;
use crosswire_hunt::guided::{Coverage, Guide, Watcher};
use crosswire_hunt::{Finding, Hunt, HuntJournal, Listener, Tally, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Distance between two starting points, larger than any search.
const APART: u64 = 100_000;

/// A mechanism, and the world to search for it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The number of the mechanism.
    pub mechanism: u8,
    /// The world to search.
    pub world: World,
}

/// A scenario in which a mechanism is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// A built-in scenario other than the mechanism's own.
    Away(&'static str),
    /// The swarm, thinned out: one to three faults a seed, at most one fault point, few changes of
    /// rights.
    Thin,
}

/// The searches to compare: mechanisms that the first thirty seeds there find seldom or never.
pub const CASES: &[Case] = &[
    Case { mechanism: 3, world: World::Away("brownout") },
    Case { mechanism: 6, world: World::Away("brownout") },
    Case { mechanism: 7, world: World::Away("brownout") },
    Case { mechanism: 13, world: World::Away("notification-mix-up") },
    Case { mechanism: 6, world: World::Away("bad-network-update") },
    Case { mechanism: 11, world: World::Away("bad-network-update") },
    Case { mechanism: 3, world: World::Away("resale") },
    Case { mechanism: 9, world: World::Thin },
    Case { mechanism: 19, world: World::Thin },
];

impl World {
    /// Returns its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Away(name) => name,
            Self::Thin => "thin swarm",
        }
    }

    /// Returns its scenario.
    pub fn scenario(self) -> Scenario {
        let name = match self {
            Self::Away(name) => name,
            Self::Thin => "swarm",
        };
        let mut scenario = scenarios::scenario(name).expect("it comes with Crosswire");
        if let (Self::Thin, Some(swarm)) = (self, &mut scenario.swarm) {
            (swarm.faults, swarm.points) = (Drawn::Between([1, 3]), Drawn::Between([0, 1]));
            swarm.draw.retain(|path, _| !path.starts_with("workload.changes"));
            let changes = THIN.map(|(path, ends)| (path.to_owned(), ends));
            swarm.draw.extend(changes);
            scenario.workload.changes = Changes::default();
        }
        scenario
    }
}

/// The numbers of the thin swarm that differ from those of the whole.
const THIN: [(&str, [f64; 2]); 7] = [
    ("cast.cameras", [8.0, 24.0]),
    ("cast.phones", [10.0, 24.0]),
    ("workload.changes.before.revocations", [0.0, 2.0]),
    ("workload.changes.during.shares", [0.0, 2.0]),
    ("workload.changes.during.regrets", [0.0, 1.0]),
    ("workload.changes.during.revocations", [0.0, 3.0]),
    ("workload.changes.during.transfers", [0.0, 1.0]),
];

impl Case {
    /// Returns the mechanism.
    pub fn mechanism(&self) -> &'static Mechanism {
        Mechanism::named(&self.mechanism.to_string()).next().expect("it is in the catalogue")
    }

    fn target(&self) -> Target {
        let mechanism = self.mechanism();
        let client = ClientUnderTest::named(mechanism.client(false)).expect("a client of ours");
        let target =
            Target::of(self.world.name(), self.world.scenario()).expect("a client of ours");
        target.client(client).service(mechanism.service(false)).expect("a service of ours")
    }

    fn hunt(&self, beginning: u64) -> Hunt {
        Hunt {
            targets: vec![self.target()],
            from: beginning * APART,
            seeds: Some(APART),
            threads: 1,
            budget: Duration::from_mins(1),
        }
    }

    /// Searches from `beginnings` starting points, each with at most `budget` of CPU time.
    pub fn look_for(&self, guided: bool, beginnings: u64, budget: Duration) -> Found {
        let mut found = Found { cpu_ms: vec![], runs: vec![], beginnings };
        for beginning in 0..beginnings {
            let search = self.search(guided, beginning, budget, true);
            if let Some((cpu_ms, runs)) = search.find {
                found.cpu_ms.push(cpu_ms);
                found.runs.push(runs);
            }
        }
        found.cpu_ms.sort_by(f64::total_cmp);
        found.runs.sort_unstable();
        found
    }

    /// Returns how many features are reached from each starting point with the whole budget,
    /// sorted.
    pub fn reach(&self, guided: bool, beginnings: u64, budget: Duration) -> Vec<u64> {
        let reached = (0..beginnings).map(|beginning| {
            let search = self.search(guided, beginning, budget, false);
            search.features.unwrap_or_else(|| self.features_of(beginning, search.runs))
        });
        let mut reached: Vec<_> = reached.collect();
        reached.sort_unstable();
        reached
    }

    fn search(&self, guided: bool, beginning: u64, budget: Duration, one: bool) -> Search {
        let place = tempfile::tempdir().expect("a temporary directory");
        let (dir, hunt) = (place.path().join("hunt"), self.hunt(beginning));
        let begun = ProcessTime::now();
        let over = AtomicBool::new(false);
        let mut first = First { begun, one, over: &over, runs: 0, find: None };
        let stop = || over.load(Ordering::Relaxed) || begun.elapsed() >= budget;
        let features = if guided {
            let mut guide = Guide::default();
            let mut journal = HuntJournal::begin_guided(&dir, &hunt, &guide).expect("a journal");
            hunt.run_guided(&mut guide, &mut journal, &mut first, &stop).expect("a hunt");
            journal.tally().reached.map(|reached| reached.features)
        } else {
            let mut journal = HuntJournal::begin(&dir, &hunt).expect("a journal");
            hunt.run(&mut journal, &mut first, &stop).expect("a hunt");
            None
        };
        Search { find: first.find, runs: first.runs, features }
    }

    /// Returns the number of features that the first `runs` seeds of a starting point reach
    /// together. Failed runs do not count, as in a guided hunt.
    fn features_of(&self, beginning: u64, runs: u64) -> u64 {
        let target = self.target();
        let client = ClientUnderTest::named(self.mechanism().client(false)).expect("a client");
        let mut all = Coverage::default();
        for nth in 0..runs {
            let plan = Arc::new(target.plan(beginning * APART + nth));
            let watcher = Watcher::new(plan.clone());
            // A run that panics is a failed run.
            let Ok((played, watcher)) = watch(&plan, &client, watcher) else { continue };
            if played.findings.verdict != Verdict::Violated {
                all.join(&watcher.finish(&played.findings.reached));
            }
        }
        all.count()
    }
}

/// The result of one search.
struct Search {
    /// CPU milliseconds and runs to the first finding.
    find: Option<(f64, u64)>,
    runs: u64,
    features: Option<u64>,
}

/// Records the first finding.
struct First<'a> {
    begun: ProcessTime,
    /// If true, the first finding ends the search.
    one: bool,
    over: &'a AtomicBool,
    runs: u64,
    find: Option<(f64, u64)>,
}

impl Listener for First<'_> {
    fn found(&mut self, _: &Finding, _: bool) {
        let cpu_ms = self.begun.elapsed().as_secs_f64() * 1_000.0;
        self.find.get_or_insert((cpu_ms, self.runs + 1));
        self.over.store(self.one, Ordering::Relaxed);
    }

    fn tick(&mut self, tally: &Tally) {
        self.runs = tally.runs();
    }
}

/// The results of searches from many starting points.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// CPU milliseconds to the first finding, for each search with one, sorted.
    pub cpu_ms: Vec<f64>,
    /// Runs to the first finding, sorted.
    pub runs: Vec<u64>,
    /// Number of searches.
    pub beginnings: u64,
}

impl Found {
    /// Returns the median CPU time in ms; none if fewer than half of the searches found it.
    pub fn median_cpu_ms(&self) -> Option<f64> {
        self.cpu_ms.get(self.beginnings as usize / 2).copied()
    }

    /// Returns the median number of runs.
    pub fn median_runs(&self) -> Option<u64> {
        self.runs.get(self.beginnings as usize / 2).copied()
    }

    /// Returns the CPU seconds of all searches together; one without a finding counts with its
    /// whole budget.
    pub fn cpu_s(&self, budget: Duration) -> f64 {
        let missed = self.beginnings - self.cpu_ms.len() as u64;
        self.cpu_ms.iter().sum::<f64>() / 1_000.0 + missed as f64 * budget.as_secs_f64()
    }
}

/// Returns the median of sorted numbers.
pub fn median(numbers: &[u64]) -> u64 {
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}
