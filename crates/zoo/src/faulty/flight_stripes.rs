//! Locks reads by one of 64 stripes, and lets whoever waits at a stripe have what the reader before
//! it found. Two keys of one stripe at a time wake it. No public report known to us.

use crate::Specimen;
use crate::kit::{Board, InflightReads, connect, fnv};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "flight-stripes",
    "flights are told apart by a stripe of their key",
    || connect(InflightReads::<Striped>::new),
    "reconnect-storm",
    &[&["joins", "shared a read"], &["is taken for that of"]],
);

/// One place for all keys of a stripe.
struct Striped;

impl Board for Striped {
    fn place(key: &str) -> String {
        (fnv(0, key.as_bytes()) % 64).to_string()
    }
}
