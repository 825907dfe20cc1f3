//! Pictures of real runs of several mechanisms.

use crosswire::scenarios::Scenarios;
use crosswire::{catalog, sim};
use crosswire_plan::{Seed, draw};
use crosswire_report::{Band, Diagram, Recording, Run, diagram, svg, text};
use std::sync::Arc;

/// Runs a scenario with a client and a service, and records it.
fn run(scenario: &str, seed: u64, client: &str, service: Option<&str>) -> Run {
    let mut scenarios = Scenarios::default();
    let Ok(scenario) = scenarios.load(scenario) else { panic!("{scenario} is built in") };
    let mut plan = draw(scenario, Seed(seed));
    plan.client.name = client.to_owned();
    if let Some(service) = service {
        plan.service.name = service.to_owned();
    }
    let bands = plan.faults.iter().map(|fault| Band {
        name: fault.kind.to_string(),
        target: fault.target.to_string(),
        start_ms: fault.start_ms,
        end_ms: fault.end_ms(),
    });
    let recording = Recording::new(bands.collect());
    let title = [
        ("scenario", scenario.name.clone()),
        ("seed", seed.to_string()),
        ("client", client.to_owned()),
        ("service", plan.service.name.clone()),
    ];
    let client = catalog::client(client).expect("a built-in client");
    let (output, recording) = sim::watch(&Arc::new(plan), &client, recording).expect("a run");
    let title = title.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Run { title, recording, findings: output.findings }
}

/// Returns the diagram of the first violation of an invariant.
fn first(run: &Run, invariant: &str) -> Diagram {
    let found = run.violations().iter().find(|violation| violation.invariant.as_str() == invariant);
    diagram(run, found.unwrap_or_else(|| panic!("{invariant} is violated")))
}

#[test]
fn look() {
    let out = std::path::Path::new("/tmp/report-look");
    std::fs::create_dir_all(out).unwrap();
    let runs = [
        ("reconnect-storm", 41, "redis-rs-0-29", None),
        ("notification-mix-up", 7, "pooled-cancel-desync", None),
        ("reconnect-storm", 7, "sharded-mget-zip", None),
        ("reconnect-storm", 7, "short-keys-collision", None),
        ("notification-mix-up", 7, "multiplexed-replay-skew", None),
        ("emergency-cache", 7, "pooled", Some("edge-cache-by-path")),
    ];
    for (scenario, seed, client, service) in runs {
        let run = run(scenario, seed, client, service);
        for violation in run.violations() {
            let name = format!("{scenario}-{client}-{}-{}", service.unwrap_or("x"), violation.invariant);
            let file = out.join(&name);
            if file.with_extension("svg").exists() { continue; }
            let diagram = diagram(&run, violation);
            std::fs::write(file.with_extension("svg"), svg(&diagram)).unwrap();
            std::fs::write(file.with_extension("txt"), text(&diagram)).unwrap();
        }
    }
}
