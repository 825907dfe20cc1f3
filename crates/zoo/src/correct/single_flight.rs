//! Sends one GET for all callers that ask for its key while it is under way. The read runs in a
//! task, so it outlives the caller that started it. A local write ends the flight: later callers
//! start another.
//!
//! Freedom: a client may declare that it joins reads (D3, D4).

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "single-flight",
    "joins reads of a key in get and mget; a flight outlives its first caller",
    || connect(InflightReads::<Ended>::new),
);

/// A flight leaves the board when it lands, and at a local write of its key.
struct Ended;

impl Board for Ended {}
