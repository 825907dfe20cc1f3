//! Keeps what it has written, for the time to live that it gave the value. A write that overlaps
//! another local write keeps nothing, since their order on the server is unknown.
//!
//! Freedom: a client may declare that it keeps values, including those it was given to write (D1,
//! D2).

use crate::Specimen;
use crate::kit::{self, Desk, Fetched, Near, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "near-write-through",
    "keeps the values that it has written in a near-cache",
    || connect(|desk| NearWriteThrough { desk, near: Near::default() }),
);

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
