//! Lets reads join a flight that began before a local delete, even for 200 ms after it has landed.
//!
//! Trigger: a second read in that time. Its answer was read before it began. No public report
//! known.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-landed",
    "lets reads join a landed flight from before a local delete",
    || connect(InflightReads::<OverWrites>::new),
    "reconnect-storm",
    &[&["no cache has answered"], &["read before the call began"]],
);

/// Local writes leave the board as it is, and a flight stays on it for a while.
struct OverWrites;

impl Board for OverWrites {
    const ENDS_AT_WRITES: bool = false;
    const LINGERS: Duration = Duration::from_millis(200);
}
