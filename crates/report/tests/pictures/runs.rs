//! Recordings of real runs.

use crosswire::catalog;
use crosswire::pictures::recorded;
use crosswire::scenarios::Scenarios;
use crosswire_plan::{Seed, draw};
use crosswire_report::{Diagram, Run, diagram};
use std::sync::Arc;

/// Runs a scenario with a client and a service, and records it.
pub(crate) fn run(scenario: &str, seed: u64, client: &str, service: &str) -> Run {
    let mut scenarios = Scenarios::default();
    let Ok(scenario) = scenarios.load(scenario) else { panic!("{scenario} is built in") };
    let mut plan = draw(scenario, Seed(seed));
    client.clone_into(&mut plan.client.name);
    service.clone_into(&mut plan.service.name);
    let client = catalog::client(client).expect("a built-in client");
    recorded(&Arc::new(plan), &client).expect("the run ends")
}

/// Returns the diagram of the first violation of an invariant.
pub(crate) fn first(run: &Run, invariant: &str) -> Diagram {
    let found = run.violations().iter().find(|violation| violation.invariant.as_str() == invariant);
    diagram(run, found.unwrap_or_else(|| panic!("{invariant} is violated")))
}
