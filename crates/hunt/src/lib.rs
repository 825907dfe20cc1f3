//! The hunt: seeds by the million, on all cores, for as long as it is let.
//!
//! Each ground, a scenario with a client and a service, gets the same number of seeds: the first of
//! each, then the second of each, and so on. Results are taken in that order, whichever run ends
//! first, so what is told does not depend on how many threads play.
//!
//! - [`ground`]: where is hunted, and how a seed of it is played
//! - [`finding`]: a run that went wrong
//! - [`known`]: what is known already
//! - [`tally`]: what the hunt has come to so far
//! - [`journal`]: what was done and found, on disk, to be resumed; `past` reads it,
//!   and `scrutiny` says what it may hold
//! - [`begun`]: what a hunt that is to be resumed is over
//! - [`guided`]: plans that are bred from those that reached something new
//! - [`ranges`]: a hunt that several processes share, and what they need of a queue
//! - [`announced`], [`gathered`], [`progress`]: such a hunt as it is announced, what came of it, and
//!   how far it is; [`keys`] says under which key a queue keeps what
//! - [`mod@print`], [`junit`]: what is told of it
//!
//! ```no_run
//! use crosswire_hunt::{Finding, Ground, Hunt, Journal, Listener, Tally};
//! use std::path::Path;
//! use std::time::Duration;
//!
//! struct Tell;
//!
//! impl Listener for Tell {
//!     fn found(&mut self, finding: &Finding, new: bool) {
//!         println!("{} {}", if new { "new:" } else { "again:" }, finding.replay);
//!     }
//!     fn tick(&mut self, _: &Tally) {}
//! }
//!
//! let ground = Ground::of("calm", crosswire::library::scenario("calm").unwrap()).unwrap();
//! let budget = Duration::from_secs(60);
//! let hunt = Hunt { grounds: vec![ground], from: 0, seeds: Some(100), threads: 2, budget };
//! let mut journal = Journal::begin(Path::new("my-hunt"), &hunt).unwrap();
//! hunt.run(&mut journal, &mut Tell, &|| false).unwrap();
//! println!("{}", journal.tally().verdict());
//! ```
//!
//! A run that panics or hangs is a finding. What is kept in memory grows with the signatures, not
//! with the runs.

pub mod announced;
pub mod begun;
pub mod finding;
pub mod gathered;
pub mod ground;
pub mod guided;
pub mod journal;
pub mod junit;
pub mod keys;
pub mod known;
pub mod print;
pub mod progress;
#[cfg(feature = "queue")]
pub mod queue;
pub mod ranges;
pub mod tally;

mod past;
mod scrutiny;
#[cfg(test)]
mod tests;

pub use finding::{Finding, Trouble};
pub use ground::Ground;
pub use journal::{BadJournal, Journal};
pub use tally::Tally;

use crosswire::pool;
use ground::{End, Run};
use guided::Breeder;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;
use tally::Counts;

/// With more runs that were given up, the hunt ends: each goes on and takes time from the others.
pub const MOST_LEFT: u64 = 16;

/// So many seeds of a ground are noted as done at a time. If the hunt is killed, the rest is played
/// again.
const CHUNK: u64 = 8;

/// What is to be hunted, and how.
#[derive(Clone)]
pub struct Hunt {
    /// Where.
    pub grounds: Vec<Ground>,
    /// The first seed.
    pub from: u64,
    /// How many seeds each ground gets; none to go on until it is stopped, or until there are no
    /// more seeds.
    pub seeds: Option<u64>,
    /// How many threads play.
    pub threads: usize,
    /// How long a run may take in the time of the world outside; then it is given up.
    pub budget: Duration,
}

/// Who is told how a hunt goes on.
pub trait Listener {
    /// A run went wrong. It is on disk. `new`: no finding before had its signature.
    fn found(&mut self, finding: &Finding, new: bool);

    /// A run is over.
    fn tick(&mut self, tally: &Tally);
}

/// Why a hunt came to an end before its time.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// What was found cannot be kept.
    #[error("{}: cannot be written to: {error}", dir.display())]
    Unwritable {
        /// The directory of the journal.
        dir: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Too many runs were given up.
    #[error(
        "{0} runs were not over in time and were given up; each of them goes on and takes time \
         from the others"
    )]
    TooManyLeft(u64),
    /// Who hands out ranges cannot be reached, or has forgotten the hunt.
    #[error("{0}")]
    Lost(String),
    /// A run of another process came to something else in this one.
    #[error("{0} was found by another process, and comes to something else in this one")]
    Differs(String),
}

/// A seed of a ground that is to be played.
#[derive(Clone, Copy)]
struct Job {
    ground: usize,
    /// Counted from the first seed of the hunt.
    nth: u64,
}

impl Hunt {
    /// How many seeds each ground gets.
    pub fn seeds_of_a_ground(&self) -> u64 {
        self.seeds.unwrap_or(u64::MAX).min(u64::MAX - self.from)
    }

    /// How many runs all grounds together get; none if it goes on until it is stopped.
    pub fn runs(&self) -> Option<u64> {
        self.seeds.map(|_| self.seeds_of_a_ground() * self.grounds.len() as u64)
    }

    /// Plays what the journal does not call done, until all is played or `stop` says so. Then the
    /// runs that are under way are finished, and the journal is closed; what the hunt has come to
    /// is its [`Journal::tally`].
    ///
    /// # Errors
    /// The hunt could not go on. What the journal says is right then, too.
    pub fn run(
        &self,
        journal: &mut Journal,
        listener: &mut dyn Listener,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failed> {
        let jobs = self.jobs(journal.done().to_vec()).take_while(|_| !stop());
        let play = |job: Job| self.grounds[job.ground].play(self.from + job.nth, self.budget);
        self.take_all(jobs, play, |job| *job, journal, listener, None)
    }

    /// Plays all of `jobs`, and takes what comes of each; `of` says which job it was.
    fn take_all<J: Clone + Send>(
        &self,
        jobs: impl Iterator<Item = J> + Send,
        play: impl Fn(J) -> Run + Sync,
        of: impl Fn(&J) -> Job,
        journal: &mut Journal,
        listener: &mut dyn Listener,
        breeder: Option<&Breeder<'_>>,
    ) -> Result<(), Failed> {
        let chunks = vec![Counts::default(); self.grounds.len()];
        let mut taking = Taking { hunt: self, journal, listener, breeder, chunks, left: 0 };
        let mut ended = Ok(());
        pool::in_order(jobs, self.threads, play, |job, run| match taking.take(of(&job), run) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failed) => {
                ended = Err(failed);
                ControlFlow::Break(())
            }
        });
        match ended {
            // The last line may be half a line: nothing may follow it.
            Err(Failed::Unwritable { .. }) => ended,
            _ => ended.and(taking.close()),
        }
    }

    /// The seeds that are not done, in turn from each ground.
    fn jobs(&self, done: Vec<u64>) -> impl Iterator<Item = Job> + Send + use<> {
        let first = done.iter().copied().min().unwrap_or(0);
        let grounds = self.grounds.len();
        let rounds = first..self.seeds_of_a_ground();
        let jobs = rounds.flat_map(move |nth| (0..grounds).map(move |ground| Job { ground, nth }));
        jobs.filter(move |job| job.nth >= done[job.ground])
    }
}

/// Takes runs in their order.
struct Taking<'a> {
    hunt: &'a Hunt,
    journal: &'a mut Journal,
    listener: &'a mut dyn Listener,
    /// Who says what is played, if the hunt is guided.
    breeder: Option<&'a Breeder<'a>>,
    /// Of each ground the runs that are not noted as done yet.
    chunks: Vec<Counts>,
    /// Runs that were given up.
    left: u64,
}

impl Taking<'_> {
    fn take(&mut self, job: Job, mut run: Run) -> Result<(), Failed> {
        // Whoever breeds waits for this run; if it is not taken to the end, in vain.
        let closing = self.breeder.map(Closing);
        if let End::Found(found) = &mut run.end {
            let kept = self.journal.find(job.ground, found);
            if let Some(new) = kept.map_err(|error| self.journal.unwritable(error))? {
                self.listener.found(&found.finding, new);
            }
            self.left += u64::from(found.finding.verdict == Trouble::Hung);
        }
        self.chunks[job.ground].count(&run);
        self.journal.ran(job.ground, &run);
        if let Some(breeder) = self.breeder {
            let kept = breeder.take(job, &mut run);
            if let Some(kept) = &kept {
                let kept = self.journal.keep_plan(job.ground, kept);
                kept.map_err(|error| self.journal.unwritable(error))?;
            }
            self.journal.reached(breeder.taken(job, kept));
        }
        if self.chunks[job.ground].runs() >= CHUNK {
            self.note(job.ground)?;
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

    fn note(&mut self, ground: usize) -> Result<(), Failed> {
        let counts = std::mem::take(&mut self.chunks[ground]);
        let noted = self.journal.chunk(ground, self.hunt, counts);
        noted.map_err(|error| self.journal.unwritable(error))
    }

    /// Notes the rest as done.
    fn close(mut self) -> Result<(), Failed> {
        for ground in 0..self.chunks.len() {
            if self.chunks[ground].runs() > 0 {
                self.note(ground)?;
            }
        }
        self.journal.sync().map_err(|error| self.journal.unwritable(error))
    }
}

/// Tells the breeder, when it is dropped, that no more runs are taken.
struct Closing<'a>(&'a Breeder<'a>);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
