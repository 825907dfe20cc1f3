//! Plans as inputs of a `proptest!`.

use super::tree::PlanTree;
use super::written::written_out;
use crate::sim::ClientUnderTest;
use crosswire_plan::{Plan, Scenario, Seed, draw};
use proptest::prelude::Rng as _;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::TestRunner;
use std::sync::Arc;

/// A strategy whose values are plans of a scenario. proptest minimizes a failing plan as `crosswire
/// minimize` does.
///
/// ```
/// use crosswire::minimize::strategy::Storms;
/// use proptest::prelude::*;
///
/// let scenario = crosswire::scenarios::scenario("pair").expect("the scenario is built in");
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
    /// Creates a strategy for plans of a scenario, each drawn from a new seed.
    pub fn of(scenario: Scenario) -> Self {
        Self { scenario, client: None }
    }

    /// Runs each plan once with this client, to write out what its devices do: only then can
    /// devices and their acts be left out.
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
