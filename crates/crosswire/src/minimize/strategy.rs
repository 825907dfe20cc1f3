//! Storms as inputs of a `proptest!` of one's own.

use super::tree::PlanTree;
use super::written::written_out;
use crate::sim::ClientUnderTest;
use crosswire_plan::{Plan, Scenario, Seed, draw};
use proptest::prelude::Rng as _;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::TestRunner;
use std::sync::Arc;

/// The plans of a scenario. One that fails a test is made smaller as `crosswire shrink` does it.
///
/// ```
/// use crosswire::minimize::strategy::Storms;
/// use proptest::prelude::*;
///
/// let scenario = crosswire::library::scenario("pair").expect("it comes with Crosswire");
/// proptest!(ProptestConfig::with_cases(4), |(plan in Storms::of(scenario))| {
///     prop_assert!(plan.faults.iter().all(|fault| fault.end_ms() <= plan.duration_ms));
/// });
/// ```
#[derive(Clone)]
pub struct Storms {
    scenario: Scenario,
    client: Option<ClientUnderTest>,
}

impl std::fmt::Debug for Storms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "storms of {}", self.scenario.name)
    }
}

impl Storms {
    /// The plans of a scenario, each from a seed of its own.
    pub fn of(scenario: Scenario) -> Self {
        Self { scenario, client: None }
    }

    /// Plays each plan once with this client, to write out what its devices do: only then can
    /// devices, and what each does, be left out.
    #[must_use]
    pub fn written_out_with(mut self, client: ClientUnderTest) -> Self {
        self.client = Some(client);
        self
    }
}

impl Strategy for Storms {
    type Tree = PlanTree;
    type Value = Plan;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let plan = draw(&self.scenario, Seed(runner.rng().next_u64()));
        let written = self.client.as_ref().and_then(|client| {
            written_out(&Arc::new(plan.clone()), client).ok().map(|(plan, _)| plan)
        });
        Ok(PlanTree::new(written.unwrap_or(plan)))
    }
}
