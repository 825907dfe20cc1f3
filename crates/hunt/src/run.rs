//! Runs the seeds of a hunt on several threads, and records the results in their order.

use crate::finding::FailureKind;
use crate::guided::scheduler::Scheduler;
use crate::hunt::{Failed, Hunt, Job, Listener, MOST_LEFT};
use crate::journal::HuntJournal;
use crate::tally::Counts;
use crate::target::{End, Run};
use crosswire::pool;
use std::ops::ControlFlow;

/// Seeds of a target that are noted as done at a time. If the hunt is killed, the seeds since the
/// last note are run again.
const CHUNK: u64 = 8;

impl Hunt {
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
    pub(crate) fn take_all<J: Clone + Send>(
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
        // Tasks wait in the scheduler for this run. If it is not recorded, they would wait for
        // ever.
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

/// Closes the scheduler when it is dropped: no more runs are recorded.
struct Closing<'a>(&'a Scheduler<'a>);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
