//! `quick_cache::sync::Cache` as a near-cache. It has no notion of time, so each entry carries its
//! expiry.
//!
//! The correct store fetches a missing value under the guard that `get_value_or_guard_async`
//! returns: `remove` and `clear` revoke the guard's place, and the fetched value is then not kept.
//! The faulty one calls `get`, fetches, and calls `insert`.

use super::invalidation_policy::{CAPACITY, FixedHash, InvalidationPolicy, Watch};
use crate::client::{CacheError, Moment};
use crate::clients::{Found, LocalStore};
use bytes::Bytes;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter};
use std::future::Future;
use std::time::Duration;

/// A near-cache's local store in `quick_cache`, with the policy `P`.
pub struct QuickCache<P> {
    cache: Cache<String, Entry, UnitWeighter, FixedHash>,
    watch: Watch<P>,
}

/// A value, the time from which its life counts, and its length.
#[derive(Clone)]
struct Entry {
    value: Bytes,
    since: Moment,
    life: Duration,
}

impl Entry {
    fn of<P: InvalidationPolicy>(
        value: Option<&Bytes>,
        left: Option<Duration>,
        since: Moment,
    ) -> Option<Self> {
        let life = P::life(left)?;
        // A copy: a slice of the read buffer would keep the whole buffer alive.
        Some(Self { value: Bytes::copy_from_slice(value?), since, life })
    }

    fn has_ended(&self) -> bool {
        self.since.is_past(self.life)
    }
}

impl<P: InvalidationPolicy> QuickCache<P> {
    /// Returns an entry that has not ended; removes one that has.
    fn alive(&self, key: &str) -> Option<Bytes> {
        let entry = self.cache.get(key)?;
        if entry.has_ended() {
            self.cache.remove_if(key, Entry::has_ended);
            return None;
        }
        Some(entry.value)
    }

    async fn under_a_guard(
        &self,
        key: &str,
        now: Moment,
        fetch: impl Future<Output = Result<Found, CacheError>> + Send,
    ) -> Result<Option<Bytes>, CacheError> {
        let guard = loop {
            match self.cache.get_value_or_guard_async(key).await {
                Ok(entry) if entry.has_ended() => {
                    self.cache.remove_if(key, Entry::has_ended);
                }
                Ok(entry) => return Ok(Some(entry.value)),
                Err(guard) => break guard,
            }
        };
        let (value, left) = fetch.await?;
        if let Some(entry) = Entry::of::<P>(value.as_ref(), left, now) {
            // An error means that the guard's place was revoked. Nothing is kept then, as required.
            drop(guard.insert(entry));
        }
        Ok(value)
    }
}

impl<P: InvalidationPolicy> LocalStore for QuickCache<P> {
    const PING: Option<Duration> = P::PING;
    const JOINS: bool = P::CHECKS_FILLS;

    fn empty() -> Self {
        let capacity = CAPACITY as usize;
        // One shard: the default is four times the number of cores.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(capacity)
            .weight_capacity(CAPACITY.into())
            .build();
        let cache = Cache::with_options(
            options.expect("both capacities are set"),
            UnitWeighter,
            FixedHash::default(),
            DefaultLifecycle::default(),
        );
        Self { cache, watch: Watch::default() }
    }

    async fn look_up(&self, key: &str, _now: Moment) -> Option<Bytes> {
        if !self.watch.serves() {
            return None;
        }
        self.alive(key)
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
        if P::CHECKS_FILLS {
            return self.under_a_guard(key, now, fetch).await;
        }
        if let Some(value) = self.alive(key) {
            return Ok(Some(value));
        }
        let (value, left) = fetch.await?;
        if let Some(entry) = Entry::of::<P>(value.as_ref(), left, now) {
            self.cache.insert(key.to_owned(), entry);
        }
        Ok(value)
    }

    async fn changed(&self, key: &str) {
        self.cache.remove(key);
    }

    fn feed_found(&self) {
        self.watch.feed_found();
    }

    fn feed_lost(&self) {
        if self.watch.feed_lost() {
            self.cache.clear();
        }
    }
}
