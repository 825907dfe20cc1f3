//! Runs the battery: every seed of every trial, and tallies the outcomes.

use super::battery::{BATTERY, Trial, Way};
use crate::every_await::{CancelledRun, cancelled_at, every_await};
use crate::pool;
use crate::signature;
use crate::sim::{ClientUnderTest, RunOutput, Unfinished, play_within};
use crosswire_checker::{InvariantId, Missing, Together, Verdict, Violation, add_counts};
use crosswire_plan::{Plan, Scenario, Seed, draw};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

/// The client to be certified, and the size of the battery.
#[derive(Debug)]
pub struct Question {
    /// The client.
    pub client: ClientUnderTest,
    /// The scenario of each trial ([`battery::scenarios`](super::battery::scenarios)).
    pub scenarios: Vec<Scenario>,
    /// The first seed of each trial.
    pub from: u64,
    /// The number of seeds of the whole battery, see [`Trial::seeds`].
    pub seeds: u64,
    /// The number of threads.
    pub threads: usize,
    /// The wall-clock time that a run may take before it is abandoned.
    pub budget: Duration,
}

impl Question {
    /// Returns the number of seeds of all trials together.
    pub fn all_seeds(&self) -> u64 {
        BATTERY.iter().map(|trial| trial.seeds(self.seeds)).sum()
    }

    /// Returns the scenario of the trial of this name.
    pub(super) fn scenario_of(&self, name: &str) -> &Scenario {
        let mut trials = BATTERY.iter().zip(&self.scenarios);
        trials.find(|(trial, _)| trial.name == name).expect("the battery has this trial").1
    }
}

/// The tally of a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) seeds: u64,
    /// More than `seeds` where a seed runs once for each await.
    pub(super) runs: u64,
    pub(super) clean: u64,
    pub(super) inconclusive: u64,
    /// Runs that violated an invariant or did not finish.
    pub(super) broken: u64,
    /// The situations that all runs reached together.
    pub(super) together: Together,
    /// The number of checks of each invariant, and of the runs that violated it.
    pub(super) tested: BTreeMap<InvariantId, u64>,
    pub(super) broken_by: BTreeMap<InvariantId, u64>,
    pub(super) reach: BTreeMap<String, u64>,
}

impl Tally {
    /// Returns the required situations that all runs together did not reach often enough.
    pub(super) fn missing(&self) -> Vec<Missing> {
        self.together.lacking(&self.reach)
    }

    fn judged(&mut self, output: &RunOutput) {
        let findings = &output.findings;
        self.runs += 1;
        match findings.verdict {
            Verdict::Clean => self.clean += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
            Verdict::Violated => self.broken += 1,
        }
        self.together.add(findings);
        add_counts(&mut self.tested, &findings.checked);
        for &invariant in findings.counts.keys() {
            *self.broken_by.entry(invariant).or_default() += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.runs += other.runs;
        self.clean += other.clean;
        self.inconclusive += other.inconclusive;
        self.broken += other.broken;
        self.together.join(&other.together);
        add_counts(&mut self.tested, &other.tested);
        add_counts(&mut self.broken_by, &other.broken_by);
    }
}

/// A run that violated an invariant or did not finish.
#[derive(Debug)]
pub(super) struct Find {
    pub(super) trial: &'static Trial,
    pub(super) plan: Arc<Plan>,
    /// The signature.
    pub(super) signature: String,
    /// The violated invariant; none if the run did not finish.
    pub(super) invariant: Option<InvariantId>,
    /// The output, if the run finished.
    pub(super) output: Option<Arc<RunOutput>>,
    /// The error, if the run did not finish.
    pub(super) error: String,
}

/// A failure of which a certificate shows one run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// A violated invariant.
    Violated(InvariantId),
    /// The signature of a run that did not finish.
    Unfinished(String),
}

impl Find {
    /// Returns what the run is an example of.
    fn failure(&self) -> Failure {
        match self.invariant {
            Some(id) => Failure::Violated(id),
            None => Failure::Unfinished(self.signature.clone()),
        }
    }

    /// Returns the number of requests; the maximum for a run that did not finish, whose count is
    /// unknown.
    fn requests(&self) -> u64 {
        self.output.as_ref().map_or(u64::MAX, |output| output.findings.requests)
    }
}

/// The outcome of the battery.
pub(super) struct Battery {
    /// The tallies of the trials, in their order.
    pub(super) tallies: Vec<Tally>,
    /// For each invariant, and for each signature of an unfinished run, the smallest run that shows
    /// it.
    pub(super) finds: BTreeMap<Failure, Find>,
    /// The number of runs of each signature.
    pub(super) signatures: BTreeMap<String, u64>,
}

/// The outcome of one seed.
struct Done {
    tally: Tally,
    finds: Vec<Find>,
    signatures: Vec<String>,
}

/// Runs the battery, or as much of it as runs until `stop` returns true. Calls `tick` after each
/// seed with the number of seeds so far.
pub(super) fn play_all(
    question: &Question,
    tick: &(dyn Fn(u64) + Sync),
    stop: &(dyn Fn() -> bool + Sync),
) -> Battery {
    let scenarios = &question.scenarios;
    let (from, seeds) = (question.from, question.seeds);
    let jobs = BATTERY.iter().enumerate();
    let jobs =
        jobs.flat_map(move |(at, trial)| (0..trial.seeds(seeds)).map(move |nth| (at, from + nth)));
    let jobs = jobs.take_while(|_| !stop());
    let tallies = scenarios
        .iter()
        .map(|scenario| Tally { reach: scenario.reach.clone(), ..Tally::default() });
    let mut battery =
        Battery { tallies: tallies.collect(), finds: BTreeMap::new(), signatures: BTreeMap::new() };
    let play = |(at, seed): (usize, u64)| {
        let mut scenario = scenarios[at].clone();
        scenario.client.name.clone_from(&question.client.name);
        question.seed(&BATTERY[at], &Arc::new(draw(&scenario, Seed(seed))))
    };
    let mut done = 0;
    pool::in_order(jobs, question.threads, play, |(at, _), seed: Done| {
        battery.tallies[at].add(&seed.tally);
        for signature in seed.signatures {
            *battery.signatures.entry(signature).or_default() += 1;
        }
        for find in seed.finds {
            let failure = find.failure();
            // The smallest run takes the least time to minimize and has the shortest story.
            let before = battery.finds.get(&failure).map(Find::requests);
            if before.is_none_or(|before| find.requests() < before) {
                battery.finds.insert(failure, find);
            }
        }
        done += 1;
        tick(done);
        ControlFlow::Continue(())
    });
    battery
}

impl Question {
    /// Runs one seed of a trial.
    fn seed(&self, trial: &'static Trial, plan: &Arc<Plan>) -> Done {
        let mut done = Done { tally: Tally::default(), finds: Vec::new(), signatures: Vec::new() };
        done.tally.seeds = 1;
        let output = play_within(plan, &self.client, self.budget);
        let suspensions = output.as_ref().map_or(0, |output| output.suspensions);
        done.take(trial, plan, output);
        if trial.way == Way::EveryAwait {
            match every_await(plan, &self.client, suspensions, 1, &|_| (), &|| false) {
                Ok(awaits) => {
                    let (clean, broken) = (awaits.clean.len(), awaits.violated.len());
                    let inconclusive = awaits.inconclusive.len();
                    done.tally.runs += (clean + broken + inconclusive) as u64;
                    done.tally.clean += clean as u64;
                    done.tally.inconclusive += inconclusive as u64;
                    done.tally.broken += broken as u64;
                    add_counts(&mut done.tally.broken_by, &awaits.broken);
                    if let Some(CancelledRun { at, output }) = awaits.first {
                        done.find(trial, &cancelled_at(plan, at), output);
                    }
                }
                Err(panicked) => {
                    let plan = cancelled_at(plan, panicked.at);
                    done.take(trial, &plan, Err(panicked.why.into()));
                }
            }
        }
        done
    }
}

impl Done {
    fn take(
        &mut self,
        trial: &'static Trial,
        plan: &Arc<Plan>,
        run: Result<RunOutput, Unfinished>,
    ) {
        match run {
            Ok(output) => {
                self.tally.judged(&output);
                if output.findings.verdict == Verdict::Violated {
                    self.find(trial, plan, output);
                }
            }
            Err(unfinished) => {
                self.tally.runs += 1;
                self.tally.broken += 1;
                let signature = signature::of_unfinished(&unfinished);
                self.signatures.push(signature.clone());
                let (plan, error) = (plan.clone(), unfinished.to_string());
                let find = Find { trial, plan, signature, invariant: None, output: None, error };
                self.finds.push(find);
            }
        }
    }

    fn find(&mut self, trial: &'static Trial, plan: &Arc<Plan>, output: RunOutput) {
        let output = Arc::new(output);
        let violations = &output.findings.violations;
        self.signatures.extend(violations.first().map(Violation::signature));
        // Take the first violation of each invariant: some are never the worst of their run.
        let mut seen = BTreeSet::new();
        for violation in violations.iter().filter(|one| seen.insert(one.invariant)) {
            self.finds.push(Find {
                trial,
                plan: plan.clone(),
                signature: violation.signature(),
                invariant: Some(violation.invariant),
                output: Some(output.clone()),
                error: String::new(),
            });
        }
    }
}
