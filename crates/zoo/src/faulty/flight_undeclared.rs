//! Joins reads of a key without declaring it.
//!
//! Trigger: two reads of a key at a time. The second returns the reply to a command sent before its
//! call, as a connection that is one reply behind would. No public report known.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-undeclared",
    "joins reads without declaring it",
    || connect(InflightReads::<Undeclared>::new),
    "reconnect-storm",
    &[&["sent before"]],
);

/// Correct except for the declaration.
struct Undeclared;

impl Board for Undeclared {
    const DECLARES: bool = false;
}
