//! Writes keys as hashes of 10 bits, and compares only the length of the key in the value.
//!
//! Trigger: two keys with one hash. A read of one returns the value of the other. No public report
//! known.

use crate::Specimen;
use crate::correct::short_hashes::{Check, ShortHashes};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "hash-unchecked",
    "distinguishes keys with one hash by their length",
    || connect(ShortHashes::<SameLength>::new),
    "reconnect-storm",
    &[&["are both"], &["to the cache"], &["is taken for that of"]],
);

/// Compares the lengths, which is cheaper than comparing the bytes.
struct SameLength;

impl Check for SameLength {
    fn is_for(key: &str, written_for: &[u8]) -> bool {
        written_for.len() == key.len()
    }
}
