//! Lets reads join a flight that began before a local delete which has since been acknowledged.
//!
//! Freedom: a client that declares that it joins reads may do so while the flight is under way
//! (D5).

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "flight-over-write",
    "lets reads join a flight that began before a local delete",
    || connect(InflightReads::<OverWrites>::new),
);

/// Local writes leave the board as it is.
struct OverWrites;

impl Board for OverWrites {
    const ENDS_AT_WRITES: bool = false;
}
