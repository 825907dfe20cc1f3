//! `moka::future::Cache` as a near-cache: `try_get_with` for a missing value, so that simultaneous
//! readers share one fetch, and `invalidate` for a changed key.
//!
//! `invalidate` removes the present value but ignores an `init` future under way. The future's
//! result may be older than the change, and guarding against that is the future's own job.

use super::invalidation_policy::{CAPACITY, FixedHash, InvalidationPolicy, LIVES, Watch};
use super::moka_entry::{Ends, Entry, IDLES, Name, name};
use crate::client::{CacheError, Moment};
use crate::clients::{Found, LocalStore};
use bytes::Bytes;
use moka::future::Cache;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

/// A near-cache's local store in moka's cache for futures, with the policy `P`.
pub struct MokaFuture<P> {
    cache: Cache<Name, Entry, FixedHash>,
    watch: Watch<P>,
}

/// The reason why a fetched value is not kept.
enum Unkept {
    Failed(CacheError),
    /// The key has no value, or the value must not be kept.
    Found(Option<Bytes>),
}

impl<P: InvalidationPolicy> LocalStore for MokaFuture<P> {
    const PING: Option<Duration> = P::PING;
    const JOINS: bool = true;

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
        Some(self.cache.get(&name(&self.watch, key)).await?.value)
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
        let (mut fetch, mut fetched) = (pin!(fetch), false);
        let init = async {
            fetched = true;
            let (value, left) = fetch.as_mut().await.map_err(Unkept::Failed)?;
            match Entry::of::<P>(value.as_ref(), left, &now) {
                Some(entry) if fill.may_be_kept() => Ok(entry),
                _ => Err(Unkept::Found(value)),
            }
        };
        match self.cache.try_get_with_by_ref(&name, init).await {
            Ok(entry) => {
                if !fill.may_be_kept() {
                    self.cache.invalidate(&name).await;
                }
                Ok(Some(entry.value))
            }
            // From another call's future, which began before a change that precedes this call.
            Err(_) if !fetched && fill.may_be_kept() => Ok(fetch.await?.0),
            Err(unkept) => match &*unkept {
                Unkept::Found(value) => Ok(value.clone()),
                Unkept::Failed(error) => Err(error.clone()),
            },
        }
    }

    async fn changed(&self, key: &str) {
        self.watch.changed(key);
        self.cache.invalidate(&name(&self.watch, key)).await;
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
