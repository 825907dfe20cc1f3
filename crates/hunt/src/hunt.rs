//! A hunt: its targets, seeds and limits, and the events that it reports.

use crate::finding::Finding;
use crate::tally::Tally;
use crate::target::Target;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Number of abandoned runs after which the hunt ends: their threads keep running and take CPU time
/// from the other runs.
pub const MOST_LEFT: u64 = 16;

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
    /// signature, client and service.
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
pub(crate) struct Job {
    pub(crate) target: usize,
    /// The index of the seed, counted from the first seed of the hunt.
    pub(crate) nth: u64,
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

    /// Returns the seeds that are not done, taking the targets in turn.
    pub(crate) fn jobs(&self, done: Vec<u64>) -> impl Iterator<Item = Job> + Send + use<> {
        let first = done.iter().copied().min().unwrap_or(0);
        let targets = self.targets.len();
        let rounds = first..self.seeds_per_target();
        let jobs = rounds.flat_map(move |nth| (0..targets).map(move |target| Job { target, nth }));
        jobs.filter(move |job| job.nth >= done[job.target])
    }
}
