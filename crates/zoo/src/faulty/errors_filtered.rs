//! Reads the keys of a multi-get side by side and keeps what came of those that did not fail. One
//! that fails wakes it: all values behind it move one place to the front. No public report of this
//! form known to us; vert.x-redis issue 537, values of MGET in the order of the shards, has the same
//! effect.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect};
use crosswire_cache::{CacheError, async_trait};
use futures_util::future::join_all;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "errors-filtered",
    "a key that fails leaves no gap among the values of a multi-get",
    || connect(ErrorsFiltered),
    "notification-mix-up",
    &[
        &["goes down", "fails", "breaks", "has not answered", "with an error"],
        &["goes on with what", "mixes up"],
    ],
);

struct ErrorsFiltered(Desk);

#[async_trait]
impl Style for ErrorsFiltered {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let found = join_all(keys.iter().map(|key| self.get(key))).await;
        let mut values: Values = found.into_iter().filter_map(Result::ok).collect();
        values.resize(keys.len(), None);
        Ok(values)
    }
}
