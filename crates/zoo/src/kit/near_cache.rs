//! A client with a near-cache, and the rules of that cache.

use super::{Desk, Near, Style, del, set};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

/// The rules of a near-cache.
pub trait Keeping: Send + Sync + 'static {
    /// True if the client declares that it keeps values.
    const DECLARES: bool = true;
    /// True if a local `set` forgets the key, as a `del` does.
    const HEEDS_SET: bool = true;

    /// Returns the time for which to keep a value with the life `left` on the server.
    fn life(left: Duration) -> Duration {
        left.min(Duration::from_millis(300))
    }

    /// Returns the count of local writes as of which a read is valid; `before` is the count before
    /// the read.
    fn as_of(before: u64, _near: &Near) -> u64 {
        before
    }

    /// Returns the place of the values; `own` belongs to the client.
    fn home(own: &Near) -> &Near {
        own
    }
}

/// A client that keeps what it has read. A local write forgets its key before it is sent and again
/// when it has ended.
pub struct NearCache<K>(Desk, Near, PhantomData<K>);

impl<K> NearCache<K> {
    /// Creates the client, with nothing kept.
    pub fn new(desk: Desk) -> Self {
        Self(desk, Near::default(), PhantomData)
    }
}

#[async_trait]
impl<K: Keeping> Style for NearCache<K> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let near = K::home(&self.1);
        if let Some(value) = near.look_up(key) {
            return Ok(value);
        }
        let before = near.writes();
        let mut fetched = self.0.fetch(key).await?;
        fetched.left = K::life(fetched.left);
        let value = fetched.value.clone();
        if value.is_some() {
            near.fill(key, fetched, K::as_of(before, near));
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let _strike = K::HEEDS_SET.then(|| K::home(&self.1).strike(key));
        set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _strike = K::home(&self.1).strike(key);
        del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        K::DECLARES
    }
}
