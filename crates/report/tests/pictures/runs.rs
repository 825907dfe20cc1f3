//! Recordings of real runs.

use crosswire::pictures::recording;
use crosswire::scenarios::Scenarios;
use crosswire::{catalog, sim};
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
    let recording = recording(&plan);
    let title = [
        ("scenario", scenario.name.clone()),
        ("seed", seed.to_string()),
        ("client", client.to_owned()),
        ("service", service.to_owned()),
    ];
    let client = catalog::client(client).expect("a built-in client");
    let (output, recording) = sim::watch(&Arc::new(plan), &client, recording).expect("a run");
    let title = title.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Run { title, recording, findings: output.findings }
}

/// Returns the diagram of the first violation of an invariant.
pub(crate) fn first(run: &Run, invariant: &str) -> Diagram {
    let found = run.violations().iter().find(|violation| violation.invariant.as_str() == invariant);
    diagram(run, found.unwrap_or_else(|| panic!("{invariant} is violated")))
}
