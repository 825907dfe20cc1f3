//! Fills its near-cache with whatever a read has found. A read that is overtaken by an own delete
//! wakes it: the value from before the delete is put back and served for as long as it lives. Guava
//! issue 1881 is this race.

use crate::Specimen;
use crate::kit::{Keeping, Near, NearCache, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "late-fill",
    "a near-cache is filled by a read that an own delete has overtaken",
    || connect(NearCache::<LateFill>::new),
    "resale",
    &[&["client's memory"], &["overtaken"]],
);

/// What has just been read is true as of now, and for as long as it lives.
struct LateFill;

impl Keeping for LateFill {
    fn life(left: Duration) -> Duration {
        left
    }

    fn as_of(_before: u64, near: &Near) -> u64 {
        near.writes()
    }
}
