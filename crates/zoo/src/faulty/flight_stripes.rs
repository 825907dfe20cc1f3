//! Joins reads by one of 64 stripes instead of by key: a read gets the result of any flight in its
//! stripe.
//!
//! Trigger: reads of two keys of one stripe at a time. One returns the value of the other key. No
//! public report known.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect, fnv};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-stripes",
    "identifies flights by a stripe of their key",
    || connect(InflightReads::<Striped>::new),
    "reconnect-storm",
    &[&["joins", "shared a read"], &["is taken for that of"]],
);

/// One place on the board for all keys of a stripe.
struct Striped;

impl Board for Striped {
    fn place(key: &str) -> String {
        (fnv(0, key.as_bytes()) % 64).to_string()
    }
}
