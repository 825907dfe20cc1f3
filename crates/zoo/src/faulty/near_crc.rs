//! Keeps values near by a 12-bit hash of their keys.
//!
//! Trigger: two keys with one hash. A read of one returns the value of the other. No public report
//! known.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect, fnv};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "near-crc",
    "keeps values near by a 12-bit hash of their keys",
    || connect(|desk| NearCrc { desk, near: Near::default() }),
    "reconnect-storm",
    &[&["client's memory"], &["no cache has answered"], &["is taken for that of"]],
);

struct NearCrc {
    desk: Desk,
    near: Near,
}

fn short(key: &str) -> String {
    format!("{:03x}", fnv(0, key.as_bytes()) % 4096)
}

#[async_trait]
impl Style for NearCrc {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(&short(key)) {
            return Ok(value);
        }
        let writes = self.near.writes();
        let fetched = self.desk.fetch(key).await?;
        let value = fetched.value.clone();
        if value.is_some() {
            self.near.fill(&short(key), fetched, writes);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let short = short(key);
        let _strike = self.near.strike(&short);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let short = short(key);
        let _strike = self.near.strike(&short);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
