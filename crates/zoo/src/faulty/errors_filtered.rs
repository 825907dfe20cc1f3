//! Reads the keys of a multi-get in parallel, drops the answers that failed and fills up with
//! misses at the end.
//!
//! Trigger: a key that fails. All values behind it move one place to the front. No public report of
//! this form known; vert.x-redis issue 537, in which MGET returns values in the order of the
//! shards, has the same effect.

use crate::Specimen;
use crate::correct::parallel_gets::{Gather, ParallelGets};
use crate::kit::{Values, connect};
use bytes::Bytes;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "errors-filtered",
    "a key that fails leaves no gap among the values of a multi-get",
    || connect(ParallelGets::<Filtered>::new),
    "notification-mix-up",
    &[
        &["goes down", "fails", "breaks", "has not answered", "with an error"],
        &["goes on with what", "mixes up"],
    ],
);

/// Drops the answers that failed, and adds misses at the end.
struct Filtered;

impl Gather for Filtered {
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values {
        let keys = found.len();
        let mut values: Values = found.into_iter().filter_map(Result::ok).collect();
        values.resize(keys, None);
        values
    }
}
