//! Lets reads join a flight that began before an own delete which has been acknowledged since. The
//! contract allows that of a client which declares that it joins reads, as long as the flight is under
//! way.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "flight-over-write",
    "reads join a flight from before an own acknowledged delete",
    || connect(InflightReads::<OverWrites>::new),
);

/// Own writes leave the board as it is.
struct OverWrites;

impl Board for OverWrites {
    const ENDS_AT_WRITES: bool = false;
}
