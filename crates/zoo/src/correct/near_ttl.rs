//! Keeps what it has read for as long as the server would, but at most 300 ms. Own writes forget a
//! key before they are sent and again when they have ended.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("near-ttl", "a near-cache whose entries live for 300 ms at most", || {
        connect(|desk| NearTtl { desk, near: Near::default() })
    });

const LIFE: Duration = Duration::from_millis(300);

struct NearTtl {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for NearTtl {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        let writes = self.near.writes();
        let mut fetched = self.desk.fetch(key).await?;
        fetched.left = fetched.left.min(LIFE);
        let value = fetched.value.clone();
        if value.is_some() {
            self.near.fill(key, fetched, writes);
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
