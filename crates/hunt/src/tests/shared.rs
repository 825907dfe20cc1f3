//! A shared hunt ends in the same state as a hunt of one process, even if workers die.

use super::*;
use crate::shared::keys::Key;
use crate::shared::manifest::Manifest;
use crate::shared::merge::MergedResults;
use crate::shared::progress::{Progress, Seen, WorkerStatus};
use crate::shared::ranges::{Queue, Range, ranges, work};
use crate::tally::Counts;
use crosswire_history::sync::Mutex;
use proptest::prelude::*;
use std::collections::VecDeque;

/// A queue in memory that stores entries like the one on a server.
#[derive(Default)]
struct Memory(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: VecDeque<Range>,
    held: Vec<Range>,
    entries: BTreeMap<String, Vec<u8>>,
    /// Number of attempts to create an entry that existed.
    again: usize,
}

impl Memory {
    fn of(ranges: &[Range]) -> Self {
        let waiting = ranges.iter().copied().collect();
        Self(Mutex::new(State { waiting, ..State::default() }))
    }

    fn create(&self, key: &Key, value: Vec<u8>) -> bool {
        let mut state = self.0.lock();
        let new = !state.entries.contains_key(&key.to_string());
        state.again += usize::from(!new);
        state.entries.entry(key.to_string()).or_insert(value);
        new
    }

    /// Hands out the ranges of dead workers again.
    fn hand_on(&self) {
        let mut state = self.0.lock();
        let held = std::mem::take(&mut state.held);
        state.waiting.extend(held);
    }

    fn merged(&self, hunt: &Hunt, ranges: &[Range]) -> MergedResults {
        let mut merged = MergedResults::default();
        for (key, value) in &self.0.lock().entries {
            let key = key.parse().expect("a key");
            merged.take(&key, value, hunt, ranges).expect("an entry of this hunt");
        }
        merged
    }
}

impl Queue for Memory {
    fn next(&self, _: &dyn Fn() -> bool) -> Result<Option<Range>, Failed> {
        let mut state = self.0.lock();
        let next = state.waiting.pop_front();
        state.held.extend(next);
        Ok(next)
    }

    fn keep(&self, target: usize, finding: &Finding) -> Result<bool, Failed> {
        let json = serde_json::to_vec(finding).expect("JSON");
        Ok(self.create(&Key::Found(target, finding.seed.0), json))
    }

    fn done(&self, range: &Range, counts: &Counts) -> Result<(), Failed> {
        let json = serde_json::to_vec(counts).expect("JSON");
        self.create(&Key::Done(range.target, range.from), json);
        let mut state = self.0.lock();
        state.held.retain(|held| held != range);
        Ok(())
    }

    fn give_back(&self) -> Result<(), Failed> {
        self.hand_on();
        Ok(())
    }
}

/// The queue of a worker that is killed: it gives nothing back.
struct Killed<'a>(&'a Memory);

impl Queue for Killed<'_> {
    fn next(&self, stop: &dyn Fn() -> bool) -> Result<Option<Range>, Failed> {
        self.0.next(stop)
    }

    fn keep(&self, target: usize, finding: &Finding) -> Result<bool, Failed> {
        self.0.keep(target, finding)
    }

    fn done(&self, range: &Range, counts: &Counts) -> Result<(), Failed> {
        self.0.done(range, counts)
    }

    fn give_back(&self) -> Result<(), Failed> {
        Ok(())
    }
}

/// Works until `seeds` seeds were asked for.
fn worked(hunt: &Hunt, queue: &dyn Queue, seeds: u64) -> Events {
    let (mut events, asked) = (Events::default(), AtomicU64::new(0));
    let stop = || asked.fetch_add(1, Ordering::Relaxed) >= seeds;
    work(hunt, queue, &mut events, &stop).expect("the worker ends");
    events
}

fn two() -> Hunt {
    hunt(vec![small("pooled-cancel-desync"), small("pooled")], 18)
}

/// Returns the state that a hunt of one process leaves.
fn alone(dir: &Path) -> Left {
    let mut journal = HuntJournal::begin(dir, &two()).expect("a journal");
    play(&two(), &mut journal);
    left(dir, &journal)
}

#[test]
fn workers_that_die_leave_what_one_process_leaves() {
    let place = tempfile::tempdir().expect("a directory");
    let expected = alone(&place.path().join("alone"));
    let hunt = two();
    let ranges = ranges(&hunt, &[5, 4]);
    let memory = Memory::of(&ranges);
    let mut events = worked(&hunt, &Killed(&memory), 15).found;
    assert!(!memory.0.lock().held.is_empty(), "killed in mid-range");

    let (collected, dir) = (memory.merged(&hunt, &ranges), place.path().join("collected"));
    let mut journal = HuntJournal::begin(&dir, &hunt).expect("a journal");
    collected.write(&hunt, &mut journal, &mut Events::default()).expect("a journal");
    assert!(journal.tally().runs() < 36);
    drop(journal);

    events.extend(worked(&hunt, &memory, 7).found);
    events.extend(worked(&hunt, &memory, u64::MAX).found);
    assert!(memory.0.lock().again > 0, "no entry was created twice");
    let mut events: Vec<_> = events.into_iter().map(|(replay, _)| replay).collect();
    events.sort();
    let once: Vec<_> =
        expected.findings.iter().filter_map(|line| line.split(": ").nth(1)).collect();
    assert_eq!(events, once, "each finding is reported once");

    let merged = memory.merged(&hunt, &ranges);
    let mut journal = HuntJournal::resume(&dir, &hunt).expect("a journal");
    merged.write(&hunt, &mut journal, &mut Events::default()).expect("a journal");
    assert_eq!(left(&dir, &journal), expected);
    let again = merged.write(&hunt, &mut journal, &mut Events::default());
    again.expect("nothing is left to write");
    assert_eq!(left(&dir, &journal), expected);
}

#[test]
fn a_range_that_two_workers_run_counts_once() {
    let hunt = two();
    let ranges = ranges(&hunt, &[6, 6]);
    let memory = Memory::of(&ranges);
    worked(&hunt, &memory, u64::MAX);
    let once = memory.merged(&hunt, &ranges);
    memory.0.lock().waiting = ranges.iter().copied().collect();
    let events = worked(&hunt, &memory, u64::MAX);
    let twice = memory.merged(&hunt, &ranges);
    assert_eq!((&twice.done, &twice.findings), (&once.done, &once.findings));
    assert_eq!(once.tally(&hunt).runs(), 36);
    assert!(
        events.found.is_empty() && !once.findings.is_empty(),
        "a known finding is reported again"
    );
}

#[test]
fn a_run_that_differs_here_is_reported_and_loses_nothing() {
    let hunt = two();
    let ranges = ranges(&hunt, &[18, 18]);
    let memory = Memory::of(&ranges);
    worked(&hunt, &memory, u64::MAX);
    let mut merged = memory.merged(&hunt, &ranges);
    let first = merged.findings.values_mut().next().expect("a finding");
    first.digest = Some("0".repeat(32));
    let place = tempfile::tempdir().expect("a directory");
    let mut journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    let written = merged.write(&hunt, &mut journal, &mut Events::default());
    assert!(matches!(written, Err(Failed::Differs(_))), "{written:?}");
    assert_eq!(journal.tally().runs(), 36);
    assert_eq!(journal.tally().found(), merged.findings.len() as u64);
}

proptest! {
    #[test]
    fn ranges_have_each_seed_once(from in 0_u64..1_000, seeds in 1_u64..300, sizes in prop::array::uniform2(1_u64..40)) {
        let targets = vec![small("pooled"), small("pooled-cancel-desync")];
        let hunt = Hunt { from, seeds: Some(seeds), ..hunt(targets, 1) };
        let mut seen = BTreeMap::new();
        for range in ranges(&hunt, &sizes) {
            prop_assert!(range.count > 0 && range.count <= sizes[range.target]);
            for seed in range.from..range.end() {
                *seen.entry((range.target, seed)).or_insert(0) += 1;
            }
        }
        prop_assert!(seen.values().all(|times| *times == 1));
        let all = (0..2).flat_map(|target| (from..from + seeds).map(move |seed| (target, seed)));
        prop_assert!(seen.into_keys().eq(all));
    }
}

#[test]
fn an_announced_hunt_is_the_same_elsewhere() {
    let hunt = Hunt {
        targets: vec![
            small("pooled").service("replica-reads").expect("a service"),
            small("redis-rs").defences(&["leases".to_owned()]).expect("a defence"),
        ],
        ..two()
    };
    let lease = Duration::from_secs(30);
    let manifest = Manifest::new(&hunt, vec![4, 7], lease).expect("an announcement");
    let read = Manifest::read(manifest.to_json().as_bytes()).expect("an announcement");
    assert_eq!((&read, read.lease()), (&manifest, lease));
    read.of_this_build().expect("this build");
    let there = read.hunt(3).expect("a hunt");
    let names = |hunt: &Hunt| hunt.targets.iter().map(Target::name).collect::<Vec<_>>();
    assert_eq!(names(&there), names(&hunt));
    assert_eq!((there.from, there.seeds, there.budget), (5, Some(18), hunt.budget));
    assert_eq!(read.ranges(&there), ranges(&hunt, &[4, 7]));
}

#[test]
fn an_invalid_or_foreign_announcement_is_refused_with_the_reason() {
    let hunt = two();
    let of = |hunt: &Hunt| Manifest::new(hunt, vec![4; hunt.targets.len()], Duration::from_secs(9));
    let manifest = of(&hunt).expect("an announcement");
    let json = manifest.to_json();
    let refusal = |right: &str, wrong: &str| {
        assert!(json.contains(right), "{right} is not in {json}");
        let read = Manifest::read(json.replacen(right, wrong, 1).as_bytes());
        let refused = read.and_then(|read| {
            read.of_this_build()?;
            read.hunt(1).map(drop)
        });
        refused.expect_err("an error").to_string().replace(crosswire::build::SOURCES, "SOURCES")
    };
    let other = Hunt { seeds: Some(19), ..two() };
    let fewer = Hunt { targets: vec![small("pooled")], ..two() };
    let differs = |asked: &Hunt| {
        let asked = of(asked).expect("an announcement");
        manifest.same_hunt(&asked).expect_err("another hunt").to_string()
    };
    let all = [
        refusal("{", "["),
        refusal("\"version\":1", "\"version\":2"),
        refusal("\"version\":1,", ""),
        refusal("\"sizes\":[4,4]", "\"sizes\":[4]"),
        refusal("\"seeds\":18", "\"seeds\":18446744073709551615"),
        refusal("\"client\":\"pooled\"", "\"client\":\"poled\""),
        refusal("cameras = 4", "cameras = 5"),
        refusal("cameras = 4", "camera = 4"),
        differs(&other),
        differs(&fewer),
        refusal("\"toolchain\":\"", "\"toolchain\":\"other ")
            .split("; this is")
            .next()
            .map_or_else(String::new, str::to_owned),
        Manifest::new(&Hunt { seeds: Some(9_000_000), ..two() }, vec![1, 1], Duration::ZERO)
            .expect_err("too many")
            .to_string(),
    ];
    let toolchain = crosswire::build::TOOLCHAIN;
    insta::assert_snapshot!(all.join("\n").replace(toolchain, "RUSTC"), @r#"
        invalid announcement of a hunt: expected `,` or `]` at line 1 column 11
        the hunt has format version 2; this build reads 1
        invalid announcement of a hunt: missing field `version`
        invalid announcement of a hunt: its numbers contradict each other
        invalid announcement of a hunt: its numbers contradict each other
        invalid announcement of a hunt: unknown client `poled`; did you mean `pooled`?
        invalid announcement of a hunt: the scenario small has changed since
        invalid announcement of a hunt: small:7:1: unknown field `camera`; did you mean `cameras`?
        the announced hunt covers 18 seeds from 5; you asked for 19 seeds from 5
        the announced hunt covers small: pooled-cancel-desync and small: pooled; you asked for small: pooled
        the hunt was announced by crosswire 0.1.0, sources SOURCES, other RUSTC
        18000000 ranges are too many; expected at most 1000000
        "#);
}

#[test]
fn progress_is_reported_for_people_and_machines() {
    let hunt = two();
    let ranges = ranges(&hunt, &[6, 9]);
    let memory = Memory::of(&ranges[..3]);
    worked(&hunt, &memory, u64::MAX);
    let mut merged = memory.merged(&hunt, &ranges);
    merged.given_up.push(ranges[4]);
    let worker =
        WorkerStatus { host: "mill".to_owned(), pid: 17, threads: 2, runs: 15, range: None };
    let workers = vec![Seen { worker, ago: Duration::from_secs(3) }];
    let (name, ranges) = ("nightly".to_owned(), ranges.len() as u64);
    let progress = Progress { name, hunt, merged, ranges, under_way: 1, workers };
    assert!(!progress.is_over());
    insta::assert_snapshot!(progress.to_text(Layout::PLAIN), @r#"
        nightly: 3 of 5 ranges done, 1 with workers, 0 waiting, 1 given up
        21 of 36 runs recorded, 8 findings

        Signatures
                  8  I7 connection hygiene, call timed out, connection reused
                     small:6:pooled-cancel-desync:none

        Where
                                       seeds  clean  violated  inconclusive  panicked  hung
          small: pooled-cancel-desync     12      4         8             0         0     0
          small: pooled                    9      9         0             0         0     0

        Given up: several workers began each range, none completed it
          small: pooled-cancel-desync, seeds 17 to 22

        Recently active workers
          host  process  threads  runs     seen
          mill       17        2    15  3 s ago
        "#);
    let mut status = progress.status(|status| serde_json::to_value(status)).expect("JSON");
    status.as_object_mut().expect("an object").remove("summary");
    let status = serde_json::to_string_pretty(&status);
    insta::assert_snapshot!(status.expect("JSON"), @r#"
        {
          "done": 3,
          "findings": 8,
          "given_up": [
            {
              "count": 6,
              "from": "17",
              "ground": 0
            }
          ],
          "name": "nightly",
          "over": false,
          "ranges": 5,
          "runs": 36,
          "under_way": 1,
          "waiting": 0,
          "workers": [
            {
              "host": "mill",
              "pid": 17,
              "range": null,
              "runs": 15,
              "seen_s_ago": 3,
              "threads": 2
            }
          ]
        }
        "#);
}
