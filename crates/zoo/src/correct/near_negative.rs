//! Remembers for 50 ms that a key was missing. Values are read each time.
//!
//! Freedom: a client may declare that it keeps values, and so keep misses (D1, D2).

use crate::Specimen;
use crate::kit::{self, Desk, Fetched, Near, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("near-negative", "remembers for 50 ms that a key is missing", || {
        connect(|desk| NearNegative { desk, near: Near::default() })
    });

const LIFE: Duration = Duration::from_millis(50);

struct NearNegative {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for NearNegative {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(missing) = self.near.look_up(key) {
            return Ok(missing);
        }
        let (writes, since) = (self.near.writes(), self.desk.dialer.moment());
        let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
        let value = value_of(self.ask(self.desk.node_of(key), &args).await?)?;
        if value.is_none() {
            self.near.fill(key, Fetched { value: None, since, left: LIFE }, writes);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
