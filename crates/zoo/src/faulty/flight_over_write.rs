//! Lets reads join a flight that began before an own delete which has been acknowledged since. A
//! slow read with a delete in its middle wakes it: whoever asks after the delete gets what was
//! before it. No public report known to us.

use crate::Specimen;
use crate::kit::{Board, Flights, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-over-write",
    "reads join a flight from before an own acknowledged delete",
    || connect(Flights::<OverWrites>::new),
    "resale",
    &["joined", "flight", "before the change"],
);

/// Own writes leave the board as it is.
struct OverWrites;

impl Board for OverWrites {
    const ENDS_AT_WRITES: bool = false;
}
