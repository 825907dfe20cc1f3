//! Lets reads join a flight that began before an own delete, for 200 ms after it has landed, too. A
//! second read within that time wakes it: it is answered with what had been read before it began. No
//! public report known to us.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-landed",
    "reads join a landed flight from before an own acknowledged delete",
    || connect(InflightReads::<OverWrites>::new),
    "reconnect-storm",
    &[&["no cache has answered"], &["read before the call began"]],
);

/// Own writes leave the board as it is, and a flight stays on it for a while.
struct OverWrites;

impl Board for OverWrites {
    const ENDS_AT_WRITES: bool = false;
    const LINGERS: Duration = Duration::from_millis(200);
}
