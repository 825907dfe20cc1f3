//! Guided search: plans are not only drawn, they are bred.
//!
//! A hunt that is guided watches what each run reaches, its [coverage](crosswire_sim::coverage).
//! The plan of a run that reached something new is kept in the [`corpus`] of its ground, and most
//! runs after it play children of such plans, a few steps away from them (`plan::mutate`). A part of
//! the runs still plays what a seed gives, so that a guided hunt never falls far behind one that is
//! not.
//!
//! Runs come in generations. What a generation is bred from is what was kept before the last
//! generation began, so that which plans are played does not depend on how many threads play, and
//! nobody waits for the slowest run of a generation. All that is drawn for a run comes from a stream
//! of its own, so a hunt that is resumed goes on as it would have gone on.
//!
//! - [`corpus`]: what is bred from, and how often
//! - [`shelf`]: a corpus that is kept from one hunt to the next

pub mod corpus;
pub mod shelf;

#[cfg(test)]
mod tests;

pub use corpus::{Corpus, Kept};
pub use crosswire_sim::coverage::{Coverage, Watcher};

use super::ground::{End, Run, Subject};
use super::{Failed, Hunt, Job, Journal, Listener};
use crosswire_checker::Verdict;
use crosswire_plan::mutate::Space;
use crosswire_plan::rng::Draw;
use crosswire_plan::{Plan, Streams};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// So many runs of a ground are a generation.
pub const GENERATION: u64 = 8;

/// The share of the runs that play what a seed gives.
const DRAWN: f64 = 0.3;

/// The share of the children that have a father.
const FATHERED: f64 = 0.5;

/// What a guided hunt begins with and leaves: plans to breed from.
#[derive(Clone, Default)]
pub struct Guide {
    /// Of each ground, the plans that were kept by an earlier hunt. They are played first.
    pub old: Vec<Vec<Plan>>,
    corpora: Vec<Corpus>,
}

impl Guide {
    /// A guide who begins with these plans on each ground; on those that are not there, with none.
    pub fn with(old: Vec<Vec<Plan>>) -> Self {
        Self { old, corpora: Vec::new() }
    }

    /// What the hunt bred from in the end, for each ground.
    pub fn corpora(&self) -> &[Corpus] {
        &self.corpora
    }
}

impl Hunt {
    /// Plays as [`Self::run`] does, but lets `guide` say what. The number of a run takes the place of
    /// its seed: that of a plan that was drawn is its seed, too. The journal must have been begun or
    /// resumed for a guided hunt.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_guided(
        &self,
        guide: &mut Guide,
        journal: &mut Journal,
        listener: &mut dyn Listener,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failed> {
        let breeder = Breeder::new(self, mem::take(&mut guide.old), journal);
        let jobs = self.jobs(journal.done().to_vec()).take_while(|_| !stop());
        let tasks = jobs.map_while(|job| breeder.task(job));
        let play = |task: Task| {
            let job = task.job;
            self.grounds[job.ground].play_watched(&breeder.subject(task), self.budget)
        };
        let ended = self.take_all(tasks, play, |task| task.job, journal, listener, Some(&breeder));
        guide.corpora = breeder.end(journal);
        ended
    }
}

/// How many plans of an earlier hunt are played before the run `nth` of their ground: every second run
/// plays one, for as long as there are any. What was kept is known to be clean, and a hunt that played
/// nothing else would find nothing.
fn old_before(nth: u64) -> u64 {
    nth.div_ceil(2)
}

/// A run that is to be played, and what it is bred from.
#[derive(Clone)]
struct Task {
    job: Job,
    breed: Breed,
}

#[derive(Clone)]
enum Breed {
    /// A plan that an earlier hunt has kept.
    Old,
    /// What a seed gives.
    Drawn,
    /// A child, with the stream that it is drawn from.
    Bred { mother: Arc<Kept>, father: Option<Arc<Kept>>, from: Box<ChaCha8Rng> },
}

/// Says what is to be played, from what came of what was played.
pub(super) struct Breeder<'a> {
    hunt: &'a Hunt,
    old: Vec<Vec<Plan>>,
    pens: Mutex<Pens>,
    /// A run was taken.
    taken: Condvar,
}

struct Pens {
    of_grounds: Vec<Pen>,
    /// Nothing more is taken.
    closed: bool,
}

/// What is known of one ground.
#[derive(Default)]
struct Pen {
    /// All that was reached.
    reached: Coverage,
    /// What is bred from now.
    corpus: Corpus,
    /// What was kept too lately.
    waiting: VecDeque<Arc<Kept>>,
    /// How many runs are over.
    taken: u64,
}

impl Pen {
    fn keep(&mut self, kept: Arc<Kept>) {
        self.reached.join(&kept.coverage);
        self.waiting.push_back(kept);
    }

    /// Lets what was kept before the run `first` be bred from.
    fn let_in(&mut self, first: u64) {
        while let Some(kept) = self.waiting.pop_front_if(|kept| kept.run < first) {
            self.corpus.add(kept);
        }
    }
}

impl<'a> Breeder<'a> {
    fn new(hunt: &'a Hunt, old: Vec<Vec<Plan>>, journal: &mut Journal) -> Self {
        let mut pens: Vec<_> = hunt.grounds.iter().map(|_| Pen::default()).collect();
        for (ground, kept) in journal.kept() {
            pens[ground].keep(Arc::new(kept));
        }
        for (pen, &done) in pens.iter_mut().zip(journal.done()) {
            pen.taken = done;
        }
        let pens = Mutex::new(Pens { of_grounds: pens, closed: false });
        Self { hunt, old, pens, taken: Condvar::new() }
    }

    fn pens(&self) -> MutexGuard<'_, Pens> {
        self.pens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be played; waits until all is known that it is bred from. None if that will never
    /// be known.
    fn task(&self, job: Job) -> Option<Task> {
        let old = self.old.get(job.ground).map_or(0, Vec::len) as u64;
        if job.nth.is_multiple_of(2) && old_before(job.nth) < old {
            return Some(Task { job, breed: Breed::Old });
        }
        let known = (job.nth / GENERATION).saturating_sub(1) * GENERATION;
        let pens = self.pens();
        let waits = |pens: &mut Pens| !pens.closed && pens.of_grounds[job.ground].taken < known;
        let waited = self.taken.wait_while(pens, waits);
        let mut pens = waited.unwrap_or_else(PoisonError::into_inner);
        if pens.closed {
            return None;
        }
        let pen = &mut pens.of_grounds[job.ground];
        pen.let_in(known);
        let ids = [job.ground as u64, job.nth];
        let mut from = Streams::new(self.hunt.from).stream("breed", &ids);
        let drawn = from.chance(DRAWN);
        let mother = pen.corpus.parent(&mut from).filter(|_| !drawn);
        let father = pen.corpus.parent(&mut from);
        let father = father.filter(|_| from.chance(FATHERED));
        let breed = match mother {
            Some(mother) => Breed::Bred { mother, father, from: Box::new(from) },
            None => Breed::Drawn,
        };
        Some(Task { job, breed })
    }

    fn subject(&self, task: Task) -> Subject {
        let Job { ground, nth } = task.job;
        let number = self.hunt.from + nth;
        let here = &self.hunt.grounds[ground];
        let (plan, bred) = match task.breed {
            Breed::Old => (self.old[ground][old_before(nth) as usize].clone(), true),
            Breed::Drawn => (here.plan(number), false),
            Breed::Bred { mother, father, mut from } => {
                let father = father.as_ref().map(|father| &father.plan);
                (Space::of(here.scenario()).mutant(&mother.plan, father, &mut *from), true)
            }
        };
        Subject { plan: Arc::new(plan), number, bred }
    }

    /// Keeps a run that reached something new, and gives it to be written down. A run that went wrong
    /// is told, not bred from: its children would mostly go wrong in the same way.
    pub(super) fn take(&self, job: Job, run: &mut Run) -> Option<Arc<Kept>> {
        let covered = run.coverage.take();
        let verdict = match run.end {
            End::Clean => Verdict::Clean,
            End::Inconclusive => Verdict::Inconclusive,
            End::Found(_) => return None,
        };
        let pens = self.pens();
        let reached = &pens.of_grounds[job.ground].reached;
        let covered = covered.filter(|covered| covered.coverage.adds_to(reached))?;
        Some(Arc::new(Kept {
            run: job.nth,
            verdict,
            digest: covered.digest,
            entries: covered.entries,
            coverage: covered.coverage,
            plan: Plan::clone(&covered.plan),
        }))
    }

    /// A run is over, and what is kept of it is written down.
    pub(super) fn taken(&self, job: Job, kept: Option<Arc<Kept>>) -> Reached {
        let mut pens = self.pens();
        let pen = &mut pens.of_grounds[job.ground];
        if let Some(kept) = kept {
            pen.keep(kept);
        }
        pen.taken = job.nth + 1;
        self.taken.notify_all();
        pens.reached()
    }

    /// Nothing more is taken: whoever waits for something to be played is told so.
    pub(super) fn close(&self) {
        self.pens().closed = true;
        self.taken.notify_all();
    }

    fn end(self, journal: &mut Journal) -> Vec<Corpus> {
        let mut pens = self.pens.into_inner().unwrap_or_else(PoisonError::into_inner);
        pens.of_grounds.iter_mut().for_each(|pen| pen.let_in(u64::MAX));
        journal.reached(pens.reached());
        pens.of_grounds.into_iter().map(|pen| pen.corpus).collect()
    }
}

/// How far a guided hunt has come, on all grounds together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reached {
    /// How many features were reached.
    pub features: u64,
    /// How many plans are kept to breed from.
    pub corpus: u64,
}

impl Pens {
    fn reached(&self) -> Reached {
        let features = self.of_grounds.iter().map(|pen| pen.reached.count()).sum();
        let corpus = self.of_grounds.iter().map(|pen| pen.corpus.plans().len() + pen.waiting.len());
        Reached { features, corpus: corpus.sum::<usize>() as u64 }
    }
}
