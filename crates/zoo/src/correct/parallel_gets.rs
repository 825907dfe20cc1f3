//! Reads the keys of a multi-get with GETs side by side. One that fails is a miss.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use futures_util::future::join_all;
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("parallel-gets", "a multi-get as GETs side by side", || {
        connect(ParallelGets::<Misses>::new)
    });

/// The values of a multi-get, made of what came of each GET.
pub(crate) trait Gather: Send + Sync + 'static {
    /// Makes them.
    fn gather(found: Vec<Result<Option<Bytes>, CacheError>>) -> Values;
}

/// A GET that failed is a miss.
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
