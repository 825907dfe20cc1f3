//! Joins reads of a key and does not declare it. Two reads of a key at a time wake it: the second
//! returns a reply to a command from before it, as a connection that is one reply behind would. No
//! public report known to us.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-undeclared",
    "reads join others, and the client does not declare it",
    || connect(InflightReads::<Undeclared>::new),
    "reconnect-storm",
    &[&["sent before"]],
);

/// All is as it should be but the declaration.
struct Undeclared;

impl Board for Undeclared {
    const DECLARES: bool = false;
}
