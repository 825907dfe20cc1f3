//! Plans written out: with every act of every device as data.

use crate::sim::{ClientUnderTest, Panicked, RunOutput, play_and_note};
use crosswire_plan::Plan;
use std::sync::Arc;

/// Runs a plan and writes out what its devices did, so that each act can be left out separately.
/// Faults and changes keep their dice even if their positions change. The written-out plan runs as
/// the drawn one, or nearly: timers to which no device reacts are not set, and that can change what
/// comes first within a millisecond.
///
/// # Errors
/// [`Panicked`] if the run panicked.
pub fn written_out(
    plan: &Arc<Plan>,
    client: &ClientUnderTest,
) -> Result<(Plan, RunOutput), Panicked> {
    let (output, script) = play_and_note(plan, client)?;
    let mut plan = Plan::clone(plan);
    plan.script = Some(script);
    for (at, fault) in plan.faults.iter_mut().enumerate() {
        fault.dice.get_or_insert(at as u32);
    }
    for (at, change) in plan.changes.iter_mut().enumerate() {
        change.dice.get_or_insert(at as u32);
    }
    Ok((plan, output))
}
