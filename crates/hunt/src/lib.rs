//! Runs many seeds on all cores until a limit is reached, and keeps what fails.
//!
//! Every target, a scenario with a client, a service and defences, gets the same number of seeds:
//! the first seed of each target, then the second of each, and so on. Results are taken in that
//! order, whichever run ends first, so the report does not depend on the number of threads.
//!
//! - [`target`]: the targets, and how a seed of a target is run
//! - [`finding`]: a failed run
//! - [`baseline`]: the signatures of failures that are already known
//! - [`tally`]: the counts and signatures of a hunt so far
//! - [`journal`]: a hunt on disk, from which it can be resumed
//! - [`guided`]: plans bred from plans that reached something new
//! - [`shared`]: a hunt that several processes share
//! - [`report`]: the reports
//!
//! ```no_run
//! use crosswire_hunt::{Finding, Hunt, HuntJournal, Listener, Tally, Target};
//! use std::path::Path;
//! use std::time::Duration;
//!
//! struct Print;
//!
//! impl Listener for Print {
//!     fn found(&mut self, finding: &Finding, new: bool) {
//!         println!("{} {}", if new { "new:" } else { "again:" }, finding.replay);
//!     }
//!     fn tick(&mut self, _: &Tally) {}
//! }
//!
//! let target = Target::of("calm", crosswire::scenarios::scenario("calm").unwrap()).unwrap();
//! let budget = Duration::from_secs(60);
//! let hunt = Hunt { targets: vec![target], from: 0, seeds: Some(100), threads: 2, budget };
//! let mut journal = HuntJournal::begin(Path::new("my-hunt"), &hunt).unwrap();
//! hunt.run(&mut journal, &mut Print, &|| false).unwrap();
//! println!("{}", journal.tally().verdict());
//! ```
//!
//! A run that panics or hangs is a finding too. Memory use grows with the number of signatures, not
//! with the number of runs.

pub mod baseline;
pub mod finding;
pub mod guided;
pub mod journal;
#[cfg(feature = "queue")]
pub mod queue;
pub mod report;
pub mod shared;
pub mod tally;
pub mod target;

#[cfg(test)]
mod tests;

pub use finding::{FailureKind, Finding};
pub use journal::{BadJournal, HuntJournal};
pub use tally::Tally;
pub use target::Target;

use crosswire::pool;
use guided::Scheduler;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;
use tally::Counts;
use target::{End, Run};

/// Number of abandoned runs after which the hunt ends: their threads keep running and take CPU time
/// from the other runs.
pub const MOST_LEFT: u64 = 16;

/// Seeds of a target that are noted as done at a time. If the hunt is killed, the seeds since the
/// last note are run again.
const CHUNK: u64 = 8;

/// The targets and seeds of a hunt, and its limits.
#[derive(Clone)]
pub struct Hunt {
    /// The targets.
    pub targets: Vec<Target>,
    /// The first seed.
    pub from: u64,
    /// Number of seeds for each target. Without a number the hunt runs until it is stopped or no
    /// seeds are left.
    pub seeds: Option<u64>,
    /// Number of threads that run seeds.
    pub threads: usize,
    /// Wall-clock limit of one run, after which it is abandoned as hung.
    pub budget: Duration,
}

/// Receives the events of a hunt while it runs.
pub trait Listener {
    /// A run failed, and its finding is on disk. `new` is true if no earlier finding had its
    /// signature.
    fn found(&mut self, finding: &Finding, new: bool);

    /// A run ended.
    fn tick(&mut self, tally: &Tally);
}

/// The reason why a hunt ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The directory of the journal cannot be written to.
    #[error("{}: cannot be written to: {error}", dir.display())]
    Unwritable {
        /// The directory of the journal.
        dir: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// Too many runs were abandoned.
    #[error(
        "{0} runs did not end in time and were abandoned; their threads keep running and slow \
        down the others"
    )]
    TooManyLeft(u64),
    /// The queue cannot be reached, or no longer has the hunt.
    #[error("{0}")]
    Lost(String),
    /// A finding of another process does not reproduce in this one.
    #[error("{0} was found by another process, and does not reproduce in this one")]
    Differs(String),
}

/// A seed of a target that is to be run.
#[derive(Clone, Copy)]
struct Job {
    target: usize,
    /// The index of the seed, counted from the first seed of the hunt.
    nth: u64,
}

impl Hunt {
    /// Returns the number of seeds that each target gets.
    pub fn seeds_per_target(&self) -> u64 {
        self.seeds.unwrap_or(u64::MAX).min(u64::MAX - self.from)
    }

    /// Returns the number of runs on all targets together, or `None` if the hunt runs until it is
    /// stopped.
    pub fn runs(&self) -> Option<u64> {
        self.seeds.map(|_| self.seeds_per_target() * self.targets.len() as u64)
    }

    /// Runs every seed that the journal does not call done, until all are done or `stop` returns
    /// true. Then it waits for the runs in progress and closes the journal. The result is in
    /// [`HuntJournal::tally`].
    ///
    /// # Errors
    /// The hunt cannot go on. The journal is consistent even then.
    pub fn run(
        &self,
        journal: &mut HuntJournal,
        listener: &mut dyn Listener,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failed> {
        let jobs = self.jobs(journal.done().to_vec()).take_while(|_| !stop());
        let play = |job: Job| self.targets[job.target].play(self.from + job.nth, self.budget);
        self.take_all(jobs, play, |job| *job, journal, listener, None)
    }

    /// Runs all `jobs` and records each result; `of` returns the job of an item.
    fn take_all<J: Clone + Send>(
        &self,
        jobs: impl Iterator<Item = J> + Send,
        play: impl Fn(J) -> Run + Sync,
        of: impl Fn(&J) -> Job,
        journal: &mut HuntJournal,
        listener: &mut dyn Listener,
        scheduler: Option<&Scheduler<'_>>,
    ) -> Result<(), Failed> {
        let chunks = vec![Counts::default(); self.targets.len()];
        let mut taking = Taking { hunt: self, journal, listener, scheduler, chunks, left: 0 };
        let mut ended = Ok(());
        pool::in_order(jobs, self.threads, play, |job, run| match taking.take(of(&job), run) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failed) => {
                ended = Err(failed);
                ControlFlow::Break(())
            }
        });
        match ended {
            // The last line may be incomplete: nothing may follow it.
            Err(Failed::Unwritable { .. }) => ended,
            _ => ended.and(taking.close()),
        }
    }

    /// Returns the seeds that are not done, taking the targets in turn.
    fn jobs(&self, done: Vec<u64>) -> impl Iterator<Item = Job> + Send + use<> {
        let first = done.iter().copied().min().unwrap_or(0);
        let targets = self.targets.len();
        let rounds = first..self.seeds_per_target();
        let jobs = rounds.flat_map(move |nth| (0..targets).map(move |target| Job { target, nth }));
        jobs.filter(move |job| job.nth >= done[job.target])
    }
}

/// Records the results of runs in the order of their jobs.
struct Taking<'a> {
    hunt: &'a Hunt,
    journal: &'a mut HuntJournal,
    listener: &'a mut dyn Listener,
    /// Decides which plans a guided hunt runs.
    scheduler: Option<&'a Scheduler<'a>>,
    /// The counts of the runs of each target that are not noted as done yet.
    chunks: Vec<Counts>,
    /// Number of abandoned runs.
    left: u64,
}

impl Taking<'_> {
    fn take(&mut self, job: Job, mut run: Run) -> Result<(), Failed> {
        // Tasks wait in the breeder for this run. If it is not recorded, they would wait for ever.
        let closing = self.scheduler.map(Closing);
        if let End::Found(found) = &mut run.end {
            let kept = self.journal.record_finding(job.target, found);
            if let Some(new) = kept.map_err(|error| self.journal.unwritable(error))? {
                self.listener.found(&found.finding, new);
            }
            self.left += u64::from(found.finding.verdict == FailureKind::Hung);
        }
        self.chunks[job.target].count(&run);
        self.journal.record_run(job.target, &run);
        if let Some(scheduler) = self.scheduler {
            let kept = scheduler.take(job, &mut run);
            if let Some(kept) = &kept {
                let kept = self.journal.keep_plan(job.target, kept);
                kept.map_err(|error| self.journal.unwritable(error))?;
            }
            self.journal.reached(scheduler.taken(job, kept));
        }
        if self.chunks[job.target].runs() >= CHUNK {
            self.note(job.target)?;
        }
        self.listener.tick(self.journal.tally());
        if self.left > MOST_LEFT {
            return Err(Failed::TooManyLeft(self.left));
        }
        if let Some(closing) = closing {
            std::mem::forget(closing);
        }
        Ok(())
    }

    fn note(&mut self, target: usize) -> Result<(), Failed> {
        let counts = std::mem::take(&mut self.chunks[target]);
        let noted = self.journal.chunk(target, self.hunt, counts);
        noted.map_err(|error| self.journal.unwritable(error))
    }

    /// Notes the remaining runs as done.
    fn close(mut self) -> Result<(), Failed> {
        for target in 0..self.chunks.len() {
            if self.chunks[target].runs() > 0 {
                self.note(target)?;
            }
        }
        self.journal.sync().map_err(|error| self.journal.unwritable(error))
    }
}

/// Closes the breeder when it is dropped: no more runs are recorded.
struct Closing<'a>(&'a Scheduler<'a>);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
