//! Recordings of runs, of which pictures are made.

use crosswire_plan::Plan;
use crosswire_report::{Band, Recording};

/// Returns an observer that keeps a run of `plan`.
pub fn recording(plan: &Plan) -> Recording {
    let bands = plan.faults.iter().map(|fault| Band {
        name: fault.kind.to_string(),
        target: fault.target.to_string(),
        start_ms: fault.start_ms,
        end_ms: fault.end_ms(),
    });
    Recording::new(bands.collect())
}
