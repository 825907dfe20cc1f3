//! Writes keys as hashes of 10 bits and compares, of the key in the value, the length alone. Two keys
//! with one hash wake it: whoever asks for the one gets the other. No public report known to us.

use crate::Specimen;
use crate::correct::short_hashes::{Check, ShortHashes};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "hash-unchecked",
    "keys with one hash are told apart by their length",
    || connect(ShortHashes::<SameLength>::new),
    "reconnect-storm",
    &[&["are both"], &["to the cache"], &["is taken for that of"]],
);

/// Cheaper than a comparison of the bytes.
struct SameLength;

impl Check for SameLength {
    fn is_for(key: &str, written_for: &[u8]) -> bool {
        written_for.len() == key.len()
    }
}
