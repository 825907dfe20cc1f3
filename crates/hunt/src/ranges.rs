//! A hunt in ranges of seeds, for workers that share it.
//!
//! A worker takes a range from a [`Queue`], plays it, has kept there what it found, and says that
//! the range is done. Whoever dies or is asked to end leaves ranges that are not done, and the queue
//! hands them to others. A run depends on nothing but its ground and its seed, so a range that two
//! have played is as one that was played once, as long as the queue keeps each thing once.

use super::finding::{Finding, Trouble};
use super::ground::{End, Run};
use super::tally::{Counts, Tally};
use super::{Failed, Hunt, Listener, MOST_LEFT};
use crosswire::pool;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// About how long one thread is to play a range: a dead worker's loss, and the most that an ending
/// hunt waits for its last.
const RANGE: Duration = Duration::from_secs(4);

/// No range has more seeds, unless there would be more than [`MOST_RANGES`].
const MOST_SEEDS: u64 = 512;

/// A hunt gets about so many ranges at most.
const MOST_RANGES: u64 = 200_000;

/// Some seeds of one ground, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The number of the ground.
    pub ground: usize,
    /// The first seed.
    pub from: u64,
    /// How many seeds.
    pub count: u64,
}

impl Range {
    /// The seed after its last.
    pub fn end(&self) -> u64 {
        self.from.saturating_add(self.count)
    }
}

/// Who hands out ranges and keeps what comes of them. Its methods are called from many threads.
pub trait Queue: Sync {
    /// The next range, once there is one; none when all are done, or when `stop` says so.
    ///
    /// # Errors
    /// [`Failed::Lost`]: there is no getting on, as for the other methods.
    fn next(&self, stop: &dyn Fn() -> bool) -> Result<Option<Range>, Failed>;

    /// Keeps a finding of a ground, and says whether it is new: nobody has kept it before.
    fn keep(&self, ground: usize, finding: &Finding) -> Result<bool, Failed>;

    /// All of a range was played, and its findings are kept. What a range came to counts once.
    fn done(&self, range: &Range, counts: &Counts) -> Result<(), Failed>;

    /// Gives back the ranges that were handed out and are not done.
    fn give_back(&self) -> Result<(), Failed>;
}

/// Plays ranges until the queue has no more or `stop` says so; then the runs that are under way are
/// finished, and ranges that are not done given back. The listener is told a finding if this worker
/// is the first who has it, and a tally of what this worker has played.
///
/// # Errors
/// The worker could not go on. What the queue keeps is right then, too.
pub fn work(
    hunt: &Hunt,
    queue: &dyn Queue,
    listener: &mut dyn Listener,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<(), Failed> {
    let (over, lost) = (AtomicBool::new(false), Mutex::new(None));
    let stop = || over.load(Ordering::Relaxed) || stop();
    let jobs = Jobs { queue, stop: &stop, lost: &lost, range: None };
    let play = |job: Job| hunt.grounds[job.range.ground].play(job.seed, hunt.budget);
    let tally = Tally::new(&hunt.grounds);
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
    let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.and(lost.map_or(Ok(()), Err)).and(queue.give_back())
}

/// A seed of a range that is to be played.
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
    /// The range at hand, and its next seed.
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
                    *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed);
                    return None;
                }
            },
        };
        self.range = Some((range, seed + 1));
        Some(Job { range, seed })
    }
}

/// Takes runs in their order, range after range.
struct Taking<'a> {
    queue: &'a dyn Queue,
    listener: &'a mut dyn Listener,
    /// Of what this worker has played.
    tally: Tally,
    /// Of the range at hand.
    counts: Counts,
    /// Runs that were given up.
    left: u64,
}

impl Taking<'_> {
    fn take(&mut self, job: Job, run: &Run) -> Result<(), Failed> {
        let Job { range, seed } = job;
        if let End::Found(found) = &run.end {
            let finding = &found.finding;
            let new = self.tally.known(&finding.signature).is_none();
            self.tally.saw(range.ground, finding);
            if self.queue.keep(range.ground, finding)? {
                self.listener.found(finding, new);
            }
            self.left += u64::from(finding.verdict == Trouble::Hung);
        }
        self.counts.count(run);
        self.tally.grounds[range.ground].counts.count(run);
        if seed + 1 == range.end() {
            self.queue.done(&range, &std::mem::take(&mut self.counts))?;
        }
        self.listener.tick(&self.tally);
        if self.left > MOST_LEFT { Err(Failed::TooManyLeft(self.left)) } else { Ok(()) }
    }
}

/// All ranges of a hunt over a number of seeds, if those of each ground have so many seeds. All
/// grounds get on alike, as in a hunt of one process.
pub fn ranges(hunt: &Hunt, sizes: &[u64]) -> Vec<Range> {
    let end = hunt.from + hunt.seeds_of_a_ground();
    let of_ground = |(ground, &size): (usize, &u64)| {
        let size = size.max(1);
        let starts = (hunt.from..end).step_by(usize::try_from(size).unwrap_or(usize::MAX));
        starts.map(move |from| Range { ground, from, count: size.min(end - from) })
    };
    let mut ranges: Vec<_> = sizes.iter().enumerate().flat_map(of_ground).collect();
    ranges.sort_by_key(|range| (range.from, range.ground));
    ranges
}

/// The range of a ground that begins with this seed, of all `ranges` in their order.
pub(crate) fn beginning_at(ranges: &[Range], ground: usize, from: u64) -> Option<Range> {
    let place = |range: &Range| (range.from, range.ground);
    ranges.binary_search_by_key(&(from, ground), place).ok().map(|at| ranges[at])
}

/// How many seeds a range of each ground should have, to be played in some seconds: the first seed
/// of each is played for it. What is found does not depend on it.
pub fn sizes(hunt: &Hunt) -> Vec<u64> {
    let least = hunt.runs().unwrap_or(u64::MAX).div_ceil(MOST_RANGES);
    let size = |ground: u64| {
        let took = took(|| hunt.grounds[ground as usize].play(hunt.from, hunt.budget));
        let fit = RANGE.as_nanos() / took.as_nanos().max(1);
        u64::try_from(fit).unwrap_or(u64::MAX).clamp(1, MOST_SEEDS).max(least)
    };
    pool::all(0..hunt.grounds.len() as u64, hunt.threads, size, &|_| ())
}

#[expect(clippy::disallowed_methods, reason = "how long a run takes is real time")]
fn took<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
