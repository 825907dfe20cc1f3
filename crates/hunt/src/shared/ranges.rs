//! A hunt divided into ranges of seeds, for the workers that share it.
//!
//! A worker takes a range from a [`Queue`], runs it, stores its findings in the queue, and reports
//! the range as done. If a worker dies or is stopped, the queue hands the ranges that it did not
//! complete to others. A run depends only on its target and its seed, so running a range twice is
//! as good as running it once, as long as the queue stores each entry once.

use crate::finding::{FailureKind, Finding};
use crate::tally::{Counts, Tally};
use crate::target::{End, Run};
use crate::{Failed, Hunt, Listener, MOST_LEFT};
use crosswire::pool;
use crosswire_history::sync::Mutex;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Approximate time in which one thread should run a range. This is what a dead worker loses, and
/// how long an ending hunt waits for its last worker at most.
const RANGE: Duration = Duration::from_secs(4);

/// Largest number of seeds in a range, unless that would give more than [`MOST_RANGES`].
const MOST_SEEDS: u64 = 512;

/// Approximate largest number of ranges in a hunt.
const MOST_RANGES: u64 = 200_000;

/// Consecutive seeds of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The number of the target.
    #[serde(rename = "ground")]
    pub target: usize,
    /// The first seed.
    pub from: u64,
    /// Number of seeds.
    pub count: u64,
}

impl Range {
    /// Returns the seed after the last one.
    pub fn end(&self) -> u64 {
        self.from.saturating_add(self.count)
    }
}

/// Hands out ranges and stores their results. Its methods are called from many threads.
pub trait Queue: Sync {
    /// Waits for the next range. Returns `None` when all are done or when `stop` returns true.
    ///
    /// # Errors
    /// [`Failed::Lost`]: the queue cannot be used any more. The other methods return the same
    /// error.
    fn next(&self, stop: &dyn Fn() -> bool) -> Result<Option<Range>, Failed>;

    /// Stores a finding of a target, and returns whether it is new to the queue.
    fn keep(&self, target: usize, finding: &Finding) -> Result<bool, Failed>;

    /// Reports a range as done after its findings are stored. Its counts are stored once.
    fn done(&self, range: &Range, counts: &Counts) -> Result<(), Failed>;

    /// Returns the ranges that were handed out and are not done.
    fn give_back(&self) -> Result<(), Failed>;
}

/// Runs ranges until the queue has no more or `stop` returns true. Then it waits for the runs in
/// progress and gives back ranges that are not done. The listener receives the findings that this
/// worker was the first to store, and a tally of the runs of this worker.
///
/// # Errors
/// The worker cannot go on. The entries of the queue are consistent even then.
pub fn work(
    hunt: &Hunt,
    queue: &dyn Queue,
    listener: &mut dyn Listener,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Failed> {
    let (over, lost) = (AtomicBool::new(false), Mutex::new(None));
    let stop = || over.load(Ordering::Relaxed) || stop();
    let jobs = Jobs { queue, stop: &stop, lost: &lost, range: None };
    let play = |job: Job| hunt.targets[job.range.target].play(job.seed, hunt.budget);
    let tally = Tally::new(&hunt.targets);
    let mut taking = Taking { queue, listener, tally, counts: Counts::default(), left: 0 };
    let mut ended = Ok(());
    pool::in_order(jobs, hunt.threads, play, |job, run| match taking.take(job, &run) {
        Ok(()) => ControlFlow::Continue(()),
        Err(failed) => {
            over.store(true, Ordering::Relaxed);
            ended = Err(failed);
            ControlFlow::Break(())
        }
    });
    let lost = lost.into_inner();
    ended.and(lost.map_or(Ok(()), Err)).and(queue.give_back())
}

/// A seed of a range that is to be run.
#[derive(Clone, Copy)]
struct Job {
    range: Range,
    seed: u64,
}

/// The seeds of the ranges that the queue hands out.
struct Jobs<'a> {
    queue: &'a dyn Queue,
    stop: &'a (dyn Fn() -> bool + Sync),
    lost: &'a Mutex<Option<Failed>>,
    /// The current range, and its next seed.
    range: Option<(Range, u64)>,
}

impl Iterator for Jobs<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        if (self.stop)() {
            return None;
        }
        let (range, seed) = match self.range {
            Some((range, seed)) if seed < range.end() => (range, seed),
            _ => match self.queue.next(&self.stop) {
                Ok(range) => range.map(|range| (range, range.from))?,
                Err(failed) => {
                    *self.lost.lock() = Some(failed);
                    return None;
                }
            },
        };
        self.range = Some((range, seed + 1));
        Some(Job { range, seed })
    }
}

/// Records the results of runs in the order of their jobs, range after range.
struct Taking<'a> {
    queue: &'a dyn Queue,
    listener: &'a mut dyn Listener,
    /// The runs of this worker.
    tally: Tally,
    /// The runs of the current range.
    counts: Counts,
    /// Number of abandoned runs.
    left: u64,
}

impl Taking<'_> {
    fn take(&mut self, job: Job, run: &Run) -> Result<(), Failed> {
        let Job { range, seed } = job;
        if let End::Found(found) = &run.end {
            let finding = &found.finding;
            let new = self.tally.first_like(finding).is_none();
            self.tally.saw(range.target, finding);
            if self.queue.keep(range.target, finding)? {
                self.listener.found(finding, new);
            }
            self.left += u64::from(finding.verdict == FailureKind::Hung);
        }
        self.counts.count(run);
        self.tally.targets[range.target].counts.count(run);
        if seed + 1 == range.end() {
            self.queue.done(&range, &std::mem::take(&mut self.counts))?;
        }
        self.listener.tick(&self.tally);
        if self.left > MOST_LEFT { Err(Failed::TooManyLeft(self.left)) } else { Ok(()) }
    }
}

/// Divides a hunt into ranges, with `sizes` as the number of seeds in a range of each target. All
/// targets advance together, as in a hunt of a single process.
pub fn ranges(hunt: &Hunt, sizes: &[u64]) -> Vec<Range> {
    let end = hunt.from + hunt.seeds_per_target();
    let of_target = |(target, &size): (usize, &u64)| {
        let size = size.max(1);
        let starts = (hunt.from..end).step_by(usize::try_from(size).unwrap_or(usize::MAX));
        starts.map(move |from| Range { target, from, count: size.min(end - from) })
    };
    let mut ranges: Vec<_> = sizes.iter().enumerate().flat_map(of_target).collect();
    ranges.sort_by_key(|range| (range.from, range.target));
    ranges
}

/// Finds the range of a target that begins with this seed, among all `ranges` in their order.
pub(crate) fn beginning_at(ranges: &[Range], target: usize, from: u64) -> Option<Range> {
    let place = |range: &Range| (range.from, range.target);
    ranges.binary_search_by_key(&(from, target), place).ok().map(|at| ranges[at])
}

/// Measures how many seeds a range of each target should have to take a few seconds, by running the
/// first seed of each. The findings do not depend on it.
pub fn sizes(hunt: &Hunt) -> Vec<u64> {
    let least = hunt.runs().unwrap_or(u64::MAX).div_ceil(MOST_RANGES);
    let size = |target: u64| {
        let took = took(|| hunt.targets[target as usize].play(hunt.from, hunt.budget));
        let fit = RANGE.as_nanos() / took.as_nanos().max(1);
        u64::try_from(fit).unwrap_or(u64::MAX).clamp(1, MOST_SEEDS).max(least)
    };
    pool::all(0..hunt.targets.len() as u64, hunt.threads, size, &|_| ())
}

#[expect(clippy::disallowed_methods, reason = "how long a run takes is real time")]
fn took<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
