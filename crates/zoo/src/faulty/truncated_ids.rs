//! Keeps the numbers in keys in 16 bits, as a wire format with `u16` fields would.
//!
//! Trigger: ids above 65,535. Two ids that differ by a multiple of 65,536 share a name. No public
//! report known.

use crate::Specimen;
use crate::correct::short_ids::{Kept, ShortIds};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "truncated-ids",
    "keeps the numbers in keys in 16 bits",
    || connect(ShortIds::<SixteenBits>::new),
    "reconnect-storm",
    &[&["are both"], &["to the cache"]],
);

/// The lowest 16 bits, as in the field.
struct SixteenBits;

impl Kept for SixteenBits {
    fn kept(number: u64) -> u64 {
        u64::from(number as u16)
    }
}
