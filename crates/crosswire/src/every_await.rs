//! Cancellation at every await: runs a plan once for each suspension of a client call, and cancels
//! the call at that suspension.

use crate::pool;
use crate::report::Report;
use crate::sim::{ClientUnderTest, Panicked, RunOutput, play};
use crosswire_checker::{InvariantId, Verdict};
use crosswire_output::machine::{self, Object};
use crosswire_plan::{Plan, Seed};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The outcomes of all runs of a plan.
#[derive(Clone, Debug)]
pub struct EveryAwait {
    /// The suspensions at which a cancellation led to a violation, in ascending order.
    pub violated: Vec<u64>,
    /// The suspensions at which the run was inconclusive.
    pub inconclusive: Vec<u64>,
    /// The suspensions at which the run was clean.
    pub clean: Vec<u64>,
    /// The number of runs that violated each invariant.
    pub broken: BTreeMap<InvariantId, u64>,
    /// The first violated run.
    pub first: Option<CancelledRun>,
}

/// A run with a cancellation.
#[derive(Clone, Debug)]
pub struct CancelledRun {
    /// The suspension at which a call was cancelled.
    pub at: u64,
    /// The output of the run.
    pub output: RunOutput,
}

impl EveryAwait {
    /// Returns the number of runs.
    pub fn runs(&self) -> u64 {
        (self.violated.len() + self.inconclusive.len() + self.clean.len()) as u64
    }

    /// Returns the verdict of all runs together: violated if any run is, else clean if any run is,
    /// else inconclusive.
    pub fn verdict(&self) -> Verdict {
        match (&self.violated[..], &self.clean[..]) {
            ([], []) => Verdict::Inconclusive,
            ([], _) => Verdict::Clean,
            _ => Verdict::Violated,
        }
    }
}

/// The JSON object of all runs of a plan.
#[derive(Serialize, JsonSchema, Debug)]
pub struct EveryAwaitReport<'a> {
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
    /// The number of suspensions of client calls in the run without a cancellation.
    pub suspensions: u64,
    /// The verdict of the run without a cancellation.
    pub uncancelled: Verdict,
    /// The suspensions at which a cancellation led to a violation.
    pub violated: &'a [u64],
    /// The suspensions at which the run was inconclusive.
    pub inconclusive: &'a [u64],
    /// The number of suspensions at which the run was clean.
    pub clean: usize,
    /// The number of runs that violated each invariant.
    pub counts: &'a BTreeMap<InvariantId, u64>,
    /// The first violated run.
    pub first: Option<First>,
}

/// The first violated run.
#[derive(Serialize, JsonSchema, Debug)]
pub struct First {
    /// The suspension at which a call was cancelled.
    pub cancel_at: u64,
    /// The run.
    pub run: Report,
}

impl Object for EveryAwaitReport<'_> {
    const TYPE: &'static str = "every-await";
}

/// The error of a run that panicked.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cancelled at suspension {at}: {why}")]
pub struct PanickedAt {
    /// The suspension at which a call was cancelled.
    pub at: u64,
    /// The panic.
    pub why: Panicked,
}

/// Returns the plan with a call cancelled at suspension `at`.
pub fn cancelled_at(plan: &Plan, at: u64) -> Arc<Plan> {
    Arc::new(Plan { cancel_at: Some(at), ..plan.clone() })
}

/// Runs `plan` once for each of its `suspensions`, on this many threads. Their number is
/// [`RunOutput::suspensions`] of the run without a cancellation: a cancelled run equals that run up
/// to the cancellation. Calls `tick` after each run with the number of runs so far; when `stop`
/// returns true, no more runs begin.
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
    let run = |at| play(&cancelled_at(plan, at), client);
    let (mut runs, mut done) = (Runs::default(), 0);
    let numbers = (1..suspensions.saturating_add(1)).take_while(|_| !stop());
    pool::in_order(numbers, threads, run, |at, output| {
        runs.add(at, output);
        done += 1;
        tick(done);
        ControlFlow::Continue(())
    });
    runs.finish()
}

/// The outcomes of runs, added in order; only the first violated run is kept whole.
#[derive(Default)]
struct Runs {
    verdicts: BTreeMap<u64, Verdict>,
    broken: BTreeMap<InvariantId, u64>,
    first: Option<CancelledRun>,
    panicked: Option<PanickedAt>,
}

impl Runs {
    fn add(&mut self, at: u64, output: Result<RunOutput, Panicked>) {
        let output = match output {
            Ok(output) => output,
            Err(why) => {
                self.panicked.get_or_insert(PanickedAt { at, why });
                return;
            }
        };
        let findings = &output.findings;
        self.verdicts.insert(at, findings.verdict);
        for &invariant in findings.counts.keys() {
            *self.broken.entry(invariant).or_default() += 1;
        }
        if findings.verdict == Verdict::Violated {
            self.first.get_or_insert(CancelledRun { at, output });
        }
    }

    fn finish(self) -> Result<EveryAwait, PanickedAt> {
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
