//! Adds up the increments of one counter and gives every caller the sum's number.
//!
//! Trigger: two callers who count the same thing within 2 ms. Both believe that the number is
//! theirs. No public report known.

use crate::Specimen;
use crate::correct::counting::{Counting, Increment, Sending};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "increments-summed",
    "adds up increments and gives every caller the same number",
    || connect(Counting::<Summed>::new),
    "swarm",
    &[&["counts"], &["has taken already"]],
);

/// One increment for each counter.
struct Summed;

impl Sending for Summed {
    fn prepare(increments: Vec<Increment>) -> Vec<Increment> {
        let mut sums: Vec<Increment> = Vec::new();
        for (key, by, ttl, callers) in increments {
            match sums.iter_mut().find(|(known, ..)| *known == key) {
                Some((_, sum, _, waiting)) => {
                    *sum += by;
                    waiting.extend(callers);
                }
                None => sums.push((key, by, ttl, callers)),
            }
        }
        sums
    }
}
