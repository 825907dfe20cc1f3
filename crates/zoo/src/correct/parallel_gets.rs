//! Reads the keys of a multi-get with GETs side by side. One that fails is a miss.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect};
use crosswire_cache::{CacheError, async_trait};
use futures_util::future::join_all;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("parallel-gets", "a multi-get as GETs side by side", || connect(ParallelGets));

struct ParallelGets(Desk);

#[async_trait]
impl Style for ParallelGets {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let found = join_all(keys.iter().map(|key| self.get(key))).await;
        Ok(found.into_iter().map(|found| found.ok().flatten()).collect())
    }
}
