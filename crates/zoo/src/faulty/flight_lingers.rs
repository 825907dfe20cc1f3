//! Leaves a flight on the board for 200 ms after it has landed, so that a crowd behind it need not
//! read again.
//!
//! Trigger: a second read in that time. Its answer was read before it began, so the client keeps
//! values and does not only join reads. No public report known.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-lingers",
    "lets reads join a flight that has landed",
    || connect(InflightReads::<Lingering>::new),
    "reconnect-storm",
    &[&["no cache has answered"], &["read before the call began"]],
);

/// A flight stays on the board for a while.
struct Lingering;

impl Board for Lingering {
    const LINGERS: Duration = Duration::from_millis(200);
}
