//! Leaves a flight on the board for 200 ms after it has landed, so that a crowd behind it need not
//! read again. A second read within that time wakes it: it is answered with what had been read before
//! it began, which is keeping values and not joining reads. No public report known to us.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-lingers",
    "reads join a flight that has landed",
    || connect(InflightReads::<Lingering>::new),
    "reconnect-storm",
    &[&["no cache has answered"], &["read before the call began"]],
);

/// A flight stays on the board for a while.
struct Lingering;

impl Board for Lingering {
    const LINGERS: Duration = Duration::from_millis(200);
}
