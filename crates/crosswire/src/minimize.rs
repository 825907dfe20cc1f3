//! Minimizes a plan while its run still shows the same failure.
//!
//! A failing run of a swarm has some thousand requests, of which a dozen matter. Each try leaves
//! something out of the plan and runs the rest. Leaving something out changes no other draw
//! (`plan::rng`), but it may change which of two things happens first; so a try that does not show
//! the failure is retried with other execution seeds before it is given up. A try is accepted if
//! its run shows the failure and is not larger ([`Size`]): without some faults or devices, users
//! and clients may retry more, and such a plan is shorter to read but longer to run.

mod case;
mod few;
mod focus;
mod passes;
mod search;
mod size;
pub mod strategy;
pub mod tree;
pub mod written;

use crate::signature;
use crate::sim::{ClientUnderTest, Panicked, RunOutput};
pub use case::Case;
use crosswire_checker::{Findings, Violation};
use crosswire_plan::{Plan, Seed};
pub use size::Size;
use std::time::Duration;

/// The failure that a minimized plan must show: a violation of this signature, or a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shows(pub String);

impl Shows {
    /// Returns the failure of a run: its worst violation, if it has one.
    pub fn of(findings: &Findings) -> Option<Self> {
        signature::of(findings).map(Self)
    }

    /// Returns the failure of a run that panicked.
    pub fn panic(panicked: &Panicked) -> Self {
        Self(signature::of_panic(&panicked.0))
    }

    /// Returns whether the failure is a run that did not finish in time. Such a plan is not
    /// minimized: every try that shows the failure would have to be abandoned, and its thread would
    /// keep running.
    pub fn is_a_hang(&self) -> bool {
        self.0 == signature::HUNG
    }

    /// Returns whether one of these violations is the failure.
    pub fn is_among(&self, findings: &Findings) -> bool {
        self.first_of(findings).is_some()
    }

    /// Returns the first of these violations that is the failure.
    fn first_of<'f>(&self, findings: &'f Findings) -> Option<&'f Violation> {
        let shows = |violation: &&Violation| violation.signature() == self.0;
        findings.violations.iter().filter(shows).min_by_key(|violation| violation.at_ms)
    }

    /// Returns whether a run shows the failure.
    pub fn is_in(&self, run: &Result<RunOutput, Panicked>) -> bool {
        match run {
            Ok(output) => self.is_among(&output.findings),
            Err(panicked) => *self == Self::panic(panicked),
        }
    }
}

/// The progress of minimizing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Runs so far.
    pub runs: u64,
    /// The size of the smallest run.
    pub size: Size,
    /// The CPU time spent so far.
    pub spent: Duration,
    /// True if the search has ended because nothing more was found to leave out. It is false if the
    /// budget was used up, or the caller has stopped the search.
    pub finished: bool,
}

/// A plan to minimize.
#[derive(Debug)]
pub struct Minimize<'a> {
    /// The plan, whose run shows the failure.
    pub plan: &'a Plan,
    /// The client under test.
    pub client: &'a ClientUnderTest,
    /// The failure that must remain.
    pub shows: &'a Shows,
    /// The CPU time to spend.
    pub budget: Duration,
}

impl Minimize<'_> {
    /// Returns the plan of the smallest run that was found, which is never larger than the run of
    /// the given plan. `go_on` gets the progress, and stops the search by returning false.
    pub fn run(&self, go_on: impl FnMut(Progress) -> bool) -> (Plan, Progress) {
        search::Search::new(self, Box::new(go_on)).run()
    }
}

/// Returns the plan, and then copies of it with `retries` other execution seeds.
pub fn reseeded(plan: &Plan, retries: u64) -> impl Iterator<Item = Plan> {
    (0..=retries).map(|nth| with_execution_seed(plan, plan.execution_seed.0.wrapping_add(nth)))
}

fn with_execution_seed(plan: &Plan, seed: u64) -> Plan {
    Plan { execution_seed: Seed(seed), ..plan.clone() }
}
