//! Reads the keys of a multi-get in parallel and returns only the answers that did not fail,
//! without gaps for the others.
//!
//! Trigger: a key that fails. There are fewer values than keys. No public report of this form
//! known; vert.x-redis issue 537, in which MGET returns values in the order of the shards, is
//! close.

use crate::Specimen;
use crate::correct::parallel_gets::{Gather, ParallelGets};
use crate::kit::{Values, connect};
use bytes::Bytes;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "errors-dropped",
    "returns fewer values than keys if a key of a multi-get fails",
    || connect(ParallelGets::<Dropped>::new),
    "notification-mix-up",
    &[
        &["goes down", "fails", "breaks", "has not answered", "with an error"],
        &["goes on with what", "values for"],
    ],
);

/// Drops the answers that failed.
struct Dropped;

impl Gather for Dropped {
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values {
        found.into_iter().filter_map(Result::ok).collect()
    }
}
