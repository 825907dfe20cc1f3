//! Guided search: plans are bred from earlier plans as well as drawn from seeds.
//!
//! A guided hunt records what each run reaches, its [coverage](crosswire_sim::coverage). If a run
//! reaches something new, its plan enters the [`corpus`] of its target. Most later runs use
//! children of such plans, a few mutations away from them (`plan::mutate`). The rest still use the
//! plans that seeds give, so that a guided hunt never falls far behind an unguided one.
//!
//! Runs are grouped in generations. A generation is bred from the plans that were kept before the
//! previous generation began. Therefore the plans do not depend on the number of threads, and no
//! thread waits for the slowest run of its generation. Every run draws from a separate stream of
//! random numbers, so a resumed hunt continues exactly as it would have.
//!
//! - [`corpus`]: the plans to breed from, and how often each is chosen
//! - [`corpus_dir`]: a corpus on disk, kept from one hunt to the next
//! - `guide`: the plans to begin with; `scheduler`: the choice of the plan for each run

pub mod corpus;
pub mod corpus_dir;

mod guide;
pub(crate) mod scheduler;
#[cfg(test)]
mod tests;

pub use crate::tally::Reached;
pub use corpus::{Corpus, CorpusEntry};
pub use crosswire_sim::coverage::{Coverage, Watcher};
pub use guide::Guide;
pub use scheduler::GENERATION;

use crate::hunt::{Failed, Hunt, Listener};
use crate::journal::HuntJournal;
use scheduler::{Scheduler, Task};
use std::mem;

impl Hunt {
    /// Runs like [`Self::run`], with the plans that `guide` chooses. Runs are numbered like seeds:
    /// a drawn plan is that of the seed with the number of its run. The journal must have been
    /// begun or resumed for a guided hunt.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_guided(
        &self,
        guide: &mut Guide,
        journal: &mut HuntJournal,
        listener: &mut dyn Listener,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failed> {
        let scheduler = Scheduler::new(self, mem::take(&mut guide.old), journal);
        let jobs = self.jobs(journal.done().to_vec()).take_while(|_| !stop());
        let tasks = jobs.map_while(|job| scheduler.task(job));
        let play = |task: Task| {
            let job = task.job;
            self.targets[job.target].play_watched(&scheduler.subject(task), self.budget)
        };
        let ended =
            self.take_all(tasks, play, |task| task.job, journal, listener, Some(&scheduler));
        guide.corpora = scheduler.end(journal);
        ended
    }
}
