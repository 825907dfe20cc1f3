//! Sends one GET for all who ask for a key meanwhile. The read runs in a task, so it outlives the
//! caller that started it. An own write ends the flight: whoever asks after it starts another.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "single-flight",
    "joins reads of a key, in get and mget; a flight outlives its first caller",
    || connect(InflightReads::<Ended>::new),
);

/// A flight leaves the board when it lands and at an own write of its key.
struct Ended;

impl Board for Ended {}
