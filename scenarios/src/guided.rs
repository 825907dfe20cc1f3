//! What guided search is worth: the same mechanisms, looked for by a hunt that is guided and by one
//! that is not, with the same CPU time.
//!
//! Where a mechanism is at home it is found within a few seeds, before anything could have been
//! learnt. So it is looked for away from home, in a scenario that is about something else, and in a
//! *thin* swarm, whose seeds take few of the many faults and change few rights.

use cpu_time::ProcessTime;
use crosswire::mechanisms::Mechanism;
use crosswire::plan::scenario::{Changes, Drawn, Scenario};
use crosswire::scenarios;
use crosswire::sim::{ClientUnderTest, play};
use crosswire_checker::Verdict;
use crosswire_hunt::guided::{Coverage, Guide, Watcher};
use crosswire_hunt::{Finding, Ground, Hunt, Journal, Listener, Tally};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How far apart two beginnings are: more than any search goes.
const APART: u64 = 100_000;

/// A mechanism that is looked for in a world.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The number of the mechanism.
    pub mechanism: u8,
    /// In which world.
    pub world: World,
}

/// Where it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// A scenario that comes with Crosswire and is not the mechanism's own.
    Away(&'static str),
    /// Of the swarm's faults a seed takes one to three and arms one point at most; few rights change.
    Thin,
}

/// What is looked for, by what was found seldom or never in the first thirty seeds there.
pub const TARGETS: &[Target] = &[
    Target { mechanism: 3, world: World::Away("brownout") },
    Target { mechanism: 6, world: World::Away("brownout") },
    Target { mechanism: 7, world: World::Away("brownout") },
    Target { mechanism: 13, world: World::Away("notification-mix-up") },
    Target { mechanism: 6, world: World::Away("bad-network-update") },
    Target { mechanism: 11, world: World::Away("bad-network-update") },
    Target { mechanism: 3, world: World::Away("resale") },
    Target { mechanism: 9, world: World::Thin },
    Target { mechanism: 19, world: World::Thin },
];

impl World {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Away(name) => name,
            Self::Thin => "thin swarm",
        }
    }

    /// Its scenario.
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

/// The numbers of a thin swarm that are others than those of the whole.
const THIN: [(&str, [f64; 2]); 7] = [
    ("cast.cameras", [8.0, 24.0]),
    ("cast.phones", [10.0, 24.0]),
    ("workload.changes.before.revocations", [0.0, 2.0]),
    ("workload.changes.during.shares", [0.0, 2.0]),
    ("workload.changes.during.regrets", [0.0, 1.0]),
    ("workload.changes.during.revocations", [0.0, 3.0]),
    ("workload.changes.during.transfers", [0.0, 1.0]),
];

impl Target {
    /// The mechanism.
    pub fn mechanism(&self) -> &'static Mechanism {
        Mechanism::named(&self.mechanism.to_string()).next().expect("it is in the catalogue")
    }

    fn ground(&self) -> Ground {
        let mechanism = self.mechanism();
        let client = ClientUnderTest::named(mechanism.client(false)).expect("a client of ours");
        let ground =
            Ground::of(self.world.name(), self.world.scenario()).expect("a client of ours");
        ground.client(client).service(mechanism.service(false)).expect("a service of ours")
    }

    fn hunt(&self, beginning: u64) -> Hunt {
        Hunt {
            grounds: vec![self.ground()],
            from: beginning * APART,
            seeds: Some(APART),
            threads: 1,
            budget: Duration::from_mins(1),
        }
    }

    /// Looks for it from so many beginnings, from each for at most `budget` of CPU time.
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

    /// How many features are reached from each of some beginnings, with all of `budget`.
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
        let place = tempfile::tempdir().expect("a directory for what is found");
        let (dir, hunt) = (place.path().join("hunt"), self.hunt(beginning));
        let begun = ProcessTime::now();
        let over = AtomicBool::new(false);
        let mut first = First { begun, one, over: &over, runs: 0, find: None };
        let stop = || over.load(Ordering::Relaxed) || begun.elapsed() >= budget;
        let features = if guided {
            let mut guide = Guide::default();
            let mut journal = Journal::begin_guided(&dir, &hunt, &guide).expect("a journal");
            hunt.run_guided(&mut guide, &mut journal, &mut first, &stop).expect("a hunt");
            journal.tally().reached.map(|reached| reached.features)
        } else {
            let mut journal = Journal::begin(&dir, &hunt).expect("a journal");
            hunt.run(&mut journal, &mut first, &stop).expect("a hunt");
            None
        };
        Search { find: first.find, runs: first.runs, features }
    }

    /// What the first so many seeds of a beginning reach together, those that went wrong left out as
    /// a guided hunt leaves them out.
    fn features_of(&self, beginning: u64, runs: u64) -> u64 {
        let ground = self.ground();
        let client = ClientUnderTest::named(self.mechanism().client(false)).expect("a client");
        let mut all = Coverage::default();
        for nth in 0..runs {
            let plan = Arc::new(ground.plan(beginning * APART + nth));
            let watcher = Watcher::new(plan.clone());
            let Ok((played, watchers)) = play(&plan, &client, vec![Box::new(watcher)]) else {
                continue;
            };
            for watcher in watchers {
                let watcher: Box<dyn Any> = watcher;
                let watcher = watcher.downcast::<Watcher>().ok();
                let clean = played.findings.verdict != Verdict::Violated;
                if let Some(watcher) = watcher.filter(|_| clean) {
                    all.join(&watcher.finish(&played.findings.reached));
                }
            }
        }
        all.count()
    }
}

/// What one search came to.
struct Search {
    /// CPU milliseconds and runs to the first find.
    find: Option<(f64, u64)>,
    runs: u64,
    features: Option<u64>,
}

/// Notes the first find.
struct First<'a> {
    begun: ProcessTime,
    /// Whether it ends the search.
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

/// How a target was found from many beginnings.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// CPU milliseconds to the first find, of the searches that found it, in order.
    pub cpu_ms: Vec<f64>,
    /// Runs to the first find, in order.
    pub runs: Vec<u64>,
    /// Searches.
    pub beginnings: u64,
}

impl Found {
    /// The median CPU time in ms; nothing if fewer than half of the searches found it.
    pub fn median_cpu_ms(&self) -> Option<f64> {
        self.cpu_ms.get(self.beginnings as usize / 2).copied()
    }

    /// The median number of runs.
    pub fn median_runs(&self) -> Option<u64> {
        self.runs.get(self.beginnings as usize / 2).copied()
    }

    /// CPU seconds that all searches together took, each that found nothing with its whole budget.
    pub fn cpu_s(&self, budget: Duration) -> f64 {
        let missed = self.beginnings - self.cpu_ms.len() as u64;
        self.cpu_ms.iter().sum::<f64>() / 1_000.0 + missed as f64 * budget.as_secs_f64()
    }
}

/// The middle one of some numbers in order.
pub fn median(numbers: &[u64]) -> u64 {
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}
