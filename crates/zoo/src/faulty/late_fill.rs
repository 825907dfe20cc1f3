//! Fills its near-cache with the result of every read.
//!
//! Trigger: a read that a local delete overtakes. The value from before the delete is kept, and
//! served for as long as it lives. Guava issue 1881 is this race.

use crate::Specimen;
use crate::kit::{Keeping, Near, NearCache, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "late-fill",
    "fills a near-cache from a read that a local delete has overtaken",
    || connect(NearCache::<LateFill>::new),
    "swarm",
    &[&["client's memory"], &["overtaken"]],
);

/// Takes a value that was just read as valid as of now, and for as long as it lives.
struct LateFill;

impl Keeping for LateFill {
    fn life(left: Duration) -> Duration {
        left
    }

    fn as_of(_before: u64, near: &Near) -> u64 {
        near.writes()
    }
}
