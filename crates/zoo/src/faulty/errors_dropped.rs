//! Reads the keys of a multi-get side by side and returns what did not fail, with no gap for what did.
//! One that fails wakes it: there are fewer values than keys. No public report of this form known to
//! us; vert.x-redis issue 537, values of MGET in the order of the shards, is near it.

use crate::Specimen;
use crate::correct::parallel_gets::{Gather, ParallelGets};
use crate::kit::{Values, connect};
use bytes::Bytes;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "errors-dropped",
    "a multi-get in which a key fails has fewer values than keys",
    || connect(ParallelGets::<Dropped>::new),
    "notification-mix-up",
    &[
        &["goes down", "fails", "breaks", "has not answered", "with an error"],
        &["goes on with what", "values for"],
    ],
);

/// What did not fail.
struct Dropped;

impl Gather for Dropped {
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values {
        found.into_iter().filter_map(Result::ok).collect()
    }
}
