//! Cancellation as an axis: one plan, played once for each time that a call of the caching client
//! waits, with that call cancelled just there.

use crate::pool;
use crate::report::Report;
use crate::sim::{ClientUnderTest, Panicked, RunOutput, play};
use crosswire_checker::Verdict;
use crosswire_output::machine::{self, Object};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What came of it.
#[derive(Clone, Debug)]
pub struct EveryAwait {
    /// The suspensions at which a cancellation ended in a violation, in order.
    pub violated: Vec<u64>,
    /// Those at which the run did not reach what it had to.
    pub inconclusive: Vec<u64>,
    /// Those at which all was well.
    pub clean: Vec<u64>,
    /// In how many runs each invariant was broken.
    pub broken: BTreeMap<String, u64>,
    /// The run of the first that was violated.
    pub first: Option<(u64, RunOutput)>,
}

impl EveryAwait {
    /// How many runs there were.
    pub fn runs(&self) -> u64 {
        (self.violated.len() + self.inconclusive.len() + self.clean.len()) as u64
    }

    /// Of all runs together: violated if any is, inconclusive if none was clean.
    pub fn verdict(&self) -> Verdict {
        match (&self.violated[..], &self.clean[..]) {
            ([], []) => Verdict::Inconclusive,
            ([], _) => Verdict::Clean,
            _ => Verdict::Violated,
        }
    }
}

/// All runs of a plan together, for machines.
#[derive(Serialize, JsonSchema)]
pub struct Told<'a> {
    /// The name of the scenario.
    pub scenario: &'a str,
    /// The seed, as a string of digits.
    #[serde(serialize_with = "machine::digits")]
    #[schemars(with = "String")]
    pub seed: Seed,
    /// The client under test.
    pub client: &'a str,
    /// The service under test.
    pub service: &'a str,
    /// The defences that were switched on.
    pub defences: &'a [String],
    /// The verdict of all runs together.
    pub verdict: Verdict,
    /// How often a call of the client waits in the run that is not cancelled.
    pub suspensions: u64,
    /// The verdict of that run.
    pub uncancelled: Verdict,
    /// The suspensions at which a cancellation ended in a violation.
    pub violated: &'a [u64],
    /// Those at which the run did not reach what it had to.
    pub inconclusive: &'a [u64],
    /// At how many the run was clean.
    pub clean: usize,
    /// In how many runs each invariant was violated.
    pub counts: &'a BTreeMap<String, u64>,
    /// The first run that was violated.
    pub first: Option<First>,
}

/// The first run that was violated.
#[derive(Serialize, JsonSchema)]
pub struct First {
    /// Where it was cancelled.
    pub cancel_at: u64,
    /// The run.
    pub run: Report,
}

impl Object for Told<'_> {
    const TYPE: &'static str = "every-await";
}

/// A run of one of the suspensions panicked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cancelled at suspension {at}: {why}")]
pub struct PanickedAt {
    /// The suspension.
    pub at: u64,
    /// What it said.
    pub why: Panicked,
}

/// The same plan, with a call cancelled at suspension `at`.
pub fn cancelled_at(plan: &Plan, at: u64) -> Arc<Plan> {
    Arc::new(Plan { cancel_at: Some(at), ..plan.clone() })
}

/// Plays `plan` for each of its `suspensions`, on so many threads. How many there are is
/// [`RunOutput::suspensions`] of the run without a cancellation: up to the suspension at which it is
/// cancelled, a run is the same as that one. `tick` is told after each how many are done; when `stop` says
/// so, no more are begun.
///
/// # Errors
/// The first run that panicked.
pub fn every_await(
    plan: &Plan,
    client: &ClientUnderTest,
    suspensions: u64,
    threads: usize,
    tick: &(dyn Fn(u64) + Sync),
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<EveryAwait, PanickedAt> {
    let run = |at| play(&cancelled_at(plan, at), client, Vec::new()).map(|(played, _)| played);
    let (mut runs, mut done) = (Runs::default(), 0);
    let numbers = (1..suspensions.saturating_add(1)).take_while(|_| !stop());
    pool::in_order(numbers, threads, run, |at, played| {
        runs.add(at, played);
        done += 1;
        tick(done);
        ControlFlow::Continue(())
    });
    runs.summed_up()
}

/// Runs in their order: only the first that was violated is kept whole.
#[derive(Default)]
struct Runs {
    verdicts: BTreeMap<u64, Verdict>,
    broken: BTreeMap<String, u64>,
    first: Option<(u64, RunOutput)>,
    panicked: Option<PanickedAt>,
}

impl Runs {
    fn add(&mut self, at: u64, played: Result<RunOutput, Panicked>) {
        let played = match played {
            Ok(played) => played,
            Err(why) => {
                self.panicked.get_or_insert(PanickedAt { at, why });
                return;
            }
        };
        let findings = &played.findings;
        self.verdicts.insert(at, findings.verdict);
        for invariant in findings.counts.keys() {
            *self.broken.entry(invariant.clone()).or_default() += 1;
        }
        if findings.verdict == Verdict::Violated {
            self.first.get_or_insert((at, played));
        }
    }

    fn summed_up(self) -> Result<EveryAwait, PanickedAt> {
        if let Some(panicked) = self.panicked {
            return Err(panicked);
        }
        let with = |wanted| {
            let those = self.verdicts.iter().filter(|(_, verdict)| **verdict == wanted);
            those.map(|(at, _)| *at).collect()
        };
        Ok(EveryAwait {
            violated: with(Verdict::Violated),
            inconclusive: with(Verdict::Inconclusive),
            clean: with(Verdict::Clean),
            broken: self.broken,
            first: self.first,
        })
    }
}
