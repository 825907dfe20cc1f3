//! Recordings of runs, of which pictures are made.

use crate::severity::severity;
use crosswire_plan::{Fault, FaultKind, Plan};
use crosswire_report::{Band, Recording};

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
