//! Reads the keys of a multi-get with parallel GETs. A key whose GET fails is a miss.
//!
//! Freedom: a multi-get may be split into several reads (F6), and a key that failed may be a miss
//! (F13).

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use futures_util::future::join_all;
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("parallel-gets", "splits a multi-get into parallel GETs", || {
        connect(ParallelGets::<Misses>::new)
    });

/// The step from the results of the GETs to the values of the multi-get.
pub(crate) trait Gather: Send + Sync + 'static {
    /// Returns the values.
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values;
}

/// Makes a GET that failed a miss.
struct Misses;

impl Gather for Misses {
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values {
        found.into_iter().map(|found| found.ok().flatten()).collect()
    }
}

pub(crate) struct ParallelGets<G>(Desk, PhantomData<G>);

impl<G> ParallelGets<G> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<G: Gather> Style for ParallelGets<G> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        Ok(G::gather(join_all(keys.iter().map(|key| self.get(key))).await))
    }
}
