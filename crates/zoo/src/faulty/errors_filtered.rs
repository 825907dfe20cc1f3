//! Reads the keys of a multi-get side by side and keeps what came of those that did not fail. One
//! that fails wakes it: all values behind it move one place to the front. No public report of this
//! form known to us; vert.x-redis issue 537, values of MGET in the order of the shards, has the same
//! effect.

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

/// What did not fail, from the front.
struct Filtered;

impl Gather for Filtered {
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values {
        let keys = found.len();
        let mut values: Values = found.into_iter().filter_map(Result::ok).collect();
        values.resize(keys, None);
        values
    }
}
