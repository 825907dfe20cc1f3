//! Decides which plan each run of a guided hunt uses, from the results of earlier runs.

use crate::guided::corpus::{Corpus, CorpusEntry};
use crate::hunt::{Hunt, Job};
use crate::journal::HuntJournal;
use crate::tally::Reached;
use crate::target::{End, Run, Subject};
use crosswire_checker::Verdict;
use crosswire_history::sync::Mutex;
use crosswire_plan::mutate::Space;
use crosswire_plan::rng::Draw;
use crosswire_plan::{Plan, Streams};
use crosswire_sim::coverage::Coverage;
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar};

/// Number of runs of a target in a generation.
pub const GENERATION: u64 = 8;

/// Share of the runs that use the plan of their seed.
const DRAWN: f64 = 0.3;

/// Share of the children that have a second parent.
const FATHERED: f64 = 0.5;

/// Returns how many plans of an earlier hunt run before the run `nth` of their target: every second
/// run uses one while they last. A kept plan is known not to fail, so a hunt of nothing else would
/// find nothing.
pub(super) fn old_before(nth: u64) -> u64 {
    nth.div_ceil(2)
}

/// A run to do, with the source of its plan.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) job: Job,
    breed: Breed,
}

#[derive(Clone)]
enum Breed {
    /// A plan that an earlier hunt kept.
    Old,
    /// The plan of a seed.
    Drawn,
    /// A child of one or two plans, with the stream that it is drawn from.
    Bred { mother: Arc<CorpusEntry>, father: Option<Arc<CorpusEntry>>, from: Box<ChaCha8Rng> },
}

/// The state of the search on all targets.
pub(crate) struct Scheduler<'a> {
    hunt: &'a Hunt,
    old: Vec<Vec<Plan>>,
    populations: Mutex<Populations>,
    /// Notified when a run has been recorded.
    taken: Condvar,
}

struct Populations {
    of_targets: Vec<Population>,
    /// No more runs are recorded.
    closed: bool,
}

/// The state of one target.
#[derive(Default)]
struct Population {
    /// Everything that its runs reached.
    reached: Coverage,
    /// The plans to breed from now.
    corpus: Corpus,
    /// Plans that were kept too recently to breed from.
    waiting: VecDeque<Arc<CorpusEntry>>,
    /// Number of recorded runs.
    taken: u64,
}

impl Population {
    fn keep(&mut self, kept: Arc<CorpusEntry>) {
        self.reached.join(&kept.coverage);
        self.waiting.push_back(kept);
    }

    /// Adds the plans that were kept before the run `first` to the corpus.
    fn let_in(&mut self, first: u64) {
        while let Some(kept) = self.waiting.pop_front_if(|kept| kept.run < first) {
            self.corpus.add(kept);
        }
    }
}

impl<'a> Scheduler<'a> {
    pub(super) fn new(hunt: &'a Hunt, old: Vec<Vec<Plan>>, journal: &mut HuntJournal) -> Self {
        let mut populations: Vec<_> = hunt.targets.iter().map(|_| Population::default()).collect();
        for (target, kept) in journal.kept() {
            populations[target].keep(Arc::new(kept));
        }
        for (population, &done) in populations.iter_mut().zip(journal.done()) {
            population.taken = done;
        }
        let populations = Mutex::new(Populations { of_targets: populations, closed: false });
        Self { hunt, old, populations, taken: Condvar::new() }
    }

    /// Returns the task of a job, once all plans that it is bred from are known. Returns `None` if
    /// the hunt is closed first.
    pub(super) fn task(&self, job: Job) -> Option<Task> {
        let old = self.old.get(job.target).map_or(0, Vec::len) as u64;
        if job.nth.is_multiple_of(2) && old_before(job.nth) < old {
            return Some(Task { job, breed: Breed::Old });
        }
        let known = (job.nth / GENERATION).saturating_sub(1) * GENERATION;
        let mut populations = self.populations.lock_when(&self.taken, |populations| {
            populations.closed || populations.of_targets[job.target].taken >= known
        });
        if populations.closed {
            return None;
        }
        let population = &mut populations.of_targets[job.target];
        population.let_in(known);
        let ids = [job.target as u64, job.nth];
        let mut from = Streams::new(self.hunt.from).stream("breed", &ids);
        let drawn = from.chance(DRAWN);
        let mother = population.corpus.parent(&mut from);
        let mut father = population.corpus.parent(&mut from);
        if father.is_some() && !from.chance(FATHERED) {
            father = None;
        }
        let breed = match mother {
            Some(mother) if !drawn => Breed::Bred { mother, father, from: Box::new(from) },
            _ => Breed::Drawn,
        };
        Some(Task { job, breed })
    }

    pub(super) fn subject(&self, task: Task) -> Subject {
        let Job { target, nth } = task.job;
        let number = self.hunt.from + nth;
        let here = &self.hunt.targets[target];
        let (plan, bred) = match task.breed {
            Breed::Old => (self.old[target][old_before(nth) as usize].clone(), true),
            Breed::Drawn => (here.plan(number), false),
            Breed::Bred { mother, father, mut from } => {
                let father = father.as_ref().map(|father| &father.plan);
                (Space::of(here.scenario()).mutant(&mother.plan, father, &mut *from), true)
            }
        };
        Subject { plan: Arc::new(plan), number, bred }
    }

    /// Returns the run if it reached something new, to be written to the journal. Failed runs are
    /// not bred from: their children would mostly fail in the same way.
    pub(crate) fn take(&self, job: Job, run: &mut Run) -> Option<Arc<CorpusEntry>> {
        let covered = run.coverage.take();
        let verdict = match run.end {
            End::Clean => Verdict::Clean,
            End::Inconclusive => Verdict::Inconclusive,
            End::Found(_) => return None,
        };
        let populations = self.populations.lock();
        let reached = &populations.of_targets[job.target].reached;
        let covered = covered.filter(|covered| covered.coverage.adds_to(reached))?;
        Some(Arc::new(CorpusEntry {
            run: job.nth,
            verdict,
            digest: covered.digest,
            entries: covered.entries,
            coverage: covered.coverage,
            plan: Plan::clone(&covered.plan),
        }))
    }

    /// Records that a run has ended and its plan, if it is kept, is in the journal.
    pub(crate) fn taken(&self, job: Job, kept: Option<Arc<CorpusEntry>>) -> Reached {
        let mut populations = self.populations.lock();
        let population = &mut populations.of_targets[job.target];
        if let Some(kept) = kept {
            population.keep(kept);
        }
        population.taken = job.nth + 1;
        self.taken.notify_all();
        populations.reached()
    }

    /// Stops the recording of runs and wakes all tasks that wait for one.
    pub(crate) fn close(&self) {
        self.populations.lock().closed = true;
        self.taken.notify_all();
    }

    pub(super) fn end(self, journal: &mut HuntJournal) -> Vec<Corpus> {
        let mut populations = self.populations.into_inner();
        populations.of_targets.iter_mut().for_each(|population| population.let_in(u64::MAX));
        journal.reached(populations.reached());
        populations.of_targets.into_iter().map(|population| population.corpus).collect()
    }
}

impl Populations {
    fn reached(&self) -> Reached {
        let features = self.of_targets.iter().map(|population| population.reached.count()).sum();
        let corpus = self
            .of_targets
            .iter()
            .map(|population| population.corpus.plans().len() + population.waiting.len());
        Reached { features, corpus: corpus.sum::<usize>() as u64 }
    }
}
