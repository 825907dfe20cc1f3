//! Makes a plan smaller while it still shows what it is kept for.
//!
//! A find of a swarm is a storm of some thousand requests, of which a dozen matter. Each try leaves
//! something out and plays the rest. What is left out changes no other draw (`plan::rng`), but
//! it may change which of two things comes first; so a try that shows nothing is played again with
//! other execution seeds before it is given up. A try is accepted if its run shows the same and is
//! not larger ([`Size`]): leaving something out can make people and clients try again, and such a
//! plan is shorter to read and longer to play.

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
use crosswire_checker::{Findings, Violation};
use crosswire_plan::{Plan, Seed};
pub use size::Size;
use std::time::Duration;

/// What a plan is kept for: a violation of this signature, or a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shows(pub String);

impl Shows {
    /// What the worst of a run's violations shows; none if it has none.
    pub fn of(findings: &Findings) -> Option<Self> {
        signature::of(findings).map(Self)
    }

    /// What a panic shows.
    pub fn panic(panicked: &Panicked) -> Self {
        Self(signature::of_panic(&panicked.0))
    }

    /// Whether it is that a run is not over in time. Such a run is not made smaller: each try that
    /// shows it would have to be given up, and a thread that is given up goes on.
    pub fn is_a_hang(&self) -> bool {
        self.0 == signature::HUNG
    }

    /// Whether one of these violations shows it.
    pub fn is_among(&self, findings: &Findings) -> bool {
        self.first_of(findings).is_some()
    }

    /// The first of these violations that shows it.
    fn first_of<'f>(&self, findings: &'f Findings) -> Option<&'f Violation> {
        let shows = |violation: &&Violation| violation.signature() == self.0;
        findings.violations.iter().filter(shows).min_by_key(|violation| violation.at_ms)
    }

    /// Whether a run shows it.
    pub fn is_in(&self, run: &Result<RunOutput, Panicked>) -> bool {
        match run {
            Ok(played) => self.is_among(&played.findings),
            Err(panicked) => *self == Self::panic(panicked),
        }
    }
}

/// How far a shrink has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Runs so far.
    pub runs: u64,
    /// How large the smallest run is.
    pub size: Size,
}

/// Something to be made smaller.
pub struct Minimize<'a> {
    /// The plan, which shows it.
    pub plan: &'a Plan,
    /// What it is played with.
    pub client: &'a ClientUnderTest,
    /// What it must go on to show.
    pub shows: &'a Shows,
    /// How much CPU time may be spent.
    pub budget: Duration,
}

impl Minimize<'_> {
    /// The plan of the smallest run that was found: never one that is larger than that of the plan
    /// that was given. `go_on` is told of the progress, and asked whether to.
    pub fn run(&self, go_on: impl FnMut(Progress) -> bool) -> (Plan, Progress) {
        search::Search::new(self, Box::new(go_on)).run()
    }
}

/// The plan, and then the same with so many other execution seeds.
pub fn reseeded(plan: &Plan, retries: u64) -> impl Iterator<Item = Plan> {
    (0..=retries).map(|nth| with_execution_seed(plan, plan.execution_seed.0.wrapping_add(nth)))
}

fn with_execution_seed(plan: &Plan, seed: u64) -> Plan {
    Plan { execution_seed: Seed(seed), ..plan.clone() }
}
