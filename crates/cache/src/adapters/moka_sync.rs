//! `moka::sync::Cache` as a near-cache: `get`, and on a miss `insert` of the fetched value. Its
//! `get_with` takes no future.

use super::invalidation_policy::{CAPACITY, FixedHash, InvalidationPolicy, LIVES, Watch};
use super::moka_entry::{Ends, Entry, IDLES, Name, name};
use crate::client::{CacheError, Moment};
use crate::clients::{Found, LocalStore};
use bytes::Bytes;
use moka::sync::Cache;
use std::future::Future;
use std::time::Duration;

/// A near-cache's local store in moka's cache for threads, with the policy `P`.
pub struct MokaSync<P> {
    cache: Cache<Name, Entry, FixedHash>,
    watch: Watch<P>,
}

impl<P: InvalidationPolicy> LocalStore for MokaSync<P> {
    const PING: Option<Duration> = P::PING;

    fn empty() -> Self {
        let cache = Cache::builder()
            .max_capacity(CAPACITY.into())
            .time_to_live(LIVES)
            .time_to_idle(IDLES)
            .expire_after(Ends)
            .build_with_hasher(FixedHash::default());
        Self { cache, watch: Watch::default() }
    }

    async fn look_up(&self, key: &str, _now: Moment) -> Option<Bytes> {
        if !self.watch.serves() {
            return None;
        }
        Some(self.cache.get(&name(&self.watch, key))?.value)
    }

    async fn read(
        &self,
        key: &str,
        now: Moment,
        fetch: impl Future<Output = Result<Found, CacheError>> + Send,
    ) -> Result<Option<Bytes>, CacheError> {
        if !self.watch.serves() {
            return Ok(fetch.await?.0);
        }
        let (fill, name) = (self.watch.begin(key), name(&self.watch, key));
        if let Some(entry) = self.cache.get(&name) {
            return Ok(Some(entry.value));
        }
        let (value, left) = fetch.await?;
        if let Some(entry) = Entry::of::<P>(value.as_ref(), left, &now)
            && fill.may_be_kept()
        {
            self.cache.insert(name.clone(), entry);
            // Another thread may have changed the key between check and insert.
            if !fill.may_be_kept() {
                self.cache.invalidate(&name);
            }
        }
        Ok(value)
    }

    async fn changed(&self, key: &str) {
        self.watch.changed(key);
        self.cache.invalidate(&name(&self.watch, key));
    }

    fn feed_found(&self) {
        self.watch.feed_found();
    }

    fn feed_lost(&self) {
        if self.watch.feed_lost() {
            self.cache.invalidate_all();
        }
    }
}
