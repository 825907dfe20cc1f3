//! Keeps the numbers in its keys in 16 bits, as a wire format with `u16` fields would. Ids above
//! 65,535 wake it: two ids that differ by a multiple of 65,536 share a name. No public report known
//! to us.

use crate::Specimen;
use crate::correct::short_ids::{Kept, ShortIds};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "truncated-ids",
    "numbers in keys are kept in 16 bits",
    || connect(ShortIds::<SixteenBits>::new),
    "reconnect-storm",
    &[&["are both"], &["to the cache"]],
);

/// As many as the field has.
struct SixteenBits;

impl Kept for SixteenBits {
    fn kept(number: u64) -> u64 {
        u64::from(number as u16)
    }
}
