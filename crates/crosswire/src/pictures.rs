//! Recordings of runs, of which pictures are made.

use crate::catalog::{self, Kind};
use crate::severity::severity;
use crate::sim::{ClientUnderTest, Panicked, Unfinished, watch, watch_within};
use crosswire_checker::Findings;
use crosswire_plan::{Fault, FaultKind, Plan};
use crosswire_report::{Band, Recording, Run};
use std::sync::Arc;
use std::time::Duration;

/// Returns an observer that keeps a run of `plan`.
pub fn recording(plan: &Plan) -> Recording {
    let bands = plan.faults.iter().map(|fault| Band {
        name: fault.kind.to_string(),
        target: fault.target.to_string(),
        about: about(fault),
        is_silent: fault.kind == FaultKind::HalfOpen,
        start_ms: fault.start_ms,
        end_ms: fault.end_ms(),
    });
    Recording::new(bands.collect())
}

/// Says what a fault does, and to how much.
fn about(fault: &Fault) -> String {
    let summary = fault.kind.summary();
    match severity(fault) {
        Some(severity) => format!("{summary} ({severity})"),
        None => summary.to_owned(),
    }
}

/// Repeats the run of `plan` and records it.
///
/// # Errors
/// The run panics.
pub fn recorded(plan: &Arc<Plan>, client: &ClientUnderTest) -> Result<Run, Panicked> {
    let (output, recording) = watch(plan, client, recording(plan))?;
    Ok(run_of((plan, &client.name), recording, output.findings))
}

/// Repeats the run of `plan` within a wall time and records it.
///
/// # Errors
/// The run panics or does not end in time.
pub fn recorded_within(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
    budget: Duration,
) -> Result<Run, Unfinished> {
    let (output, recording) = watch_within(plan, client, recording(plan), budget)?;
    Ok(run_of((plan, &client.name), recording, output.findings))
}

/// Returns a finished run of `plan` with the client of this name.
pub fn run_of((plan, client): (&Plan, &str), recording: Recording, findings: Findings) -> Run {
    let service = &plan.service.name;
    let title = [
        ("scenario", plan.scenario.clone()),
        ("seed", plan.seed.to_string()),
        ("client", client.to_owned()),
        ("service", service.clone()),
    ];
    let mut about = Vec::new();
    for (kind, name) in [(Kind::Clients, client), (Kind::Services, service)] {
        let items = catalog::items(kind).into_iter().filter(|item| item.name == *name);
        about.extend(items.map(|item| (item.name, item.summary)));
    }
    if !plan.summary.is_empty() {
        about.insert(0, (plan.scenario.clone(), plan.summary.clone()));
    }
    let title = title.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Run { title, about, recording, findings }
}
