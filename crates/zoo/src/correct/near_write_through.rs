//! Keeps what it has written, for the life that it gave it. A write that overlaps another own write
//! keeps nothing, for nobody knows which came last.

use crate::Specimen;
use crate::kit::{self, Desk, Fetched, Near, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("near-write-through", "a near-cache of what it has written itself", || {
        connect(|desk| NearWriteThrough { desk, near: Near::default() })
    });

struct NearWriteThrough {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for NearWriteThrough {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        value_of(self.ask(self.desk.node_of(key), &[b"GET", key.as_bytes()]).await?)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let since = self.desk.dialer.moment();
        let strike = self.near.strike(key);
        kit::set(self, key, value, ttl).await?;
        let value = Some(Bytes::copy_from_slice(value));
        strike.keep(Fetched { value, since, left: ttl });
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
