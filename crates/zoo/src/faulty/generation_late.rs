//! Takes the count of local writes after the reply has arrived, instead of before the read is sent.
//!
//! Trigger: a read that a local delete overtakes. The check for local writes passes all the same,
//! and the old value is kept. No public report known.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "generation-late",
    "takes the generation after the await, so it never differs",
    || connect(|desk| GenerationLate { desk, near: Near::default() }),
    "swarm",
    &[&["client's memory"], &["overtaken"]],
);

struct GenerationLate {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for GenerationLate {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        let mut lease = self.desk.lease(self.desk.node_of(key)).await?;
        let since = self.desk.dialer.moment();
        let value = kit::value_of(lease.ask(&[b"GET", key.as_bytes()]).await?)?;
        let writes = self.near.writes();
        let left_ms = kit::number(lease.ask(&[b"PTTL", key.as_bytes()]).await?)?;
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        if value.is_some() {
            let fetched = kit::Fetched { value: value.clone(), since, left };
            self.near.fill(key, fetched, writes);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.near.forget(key);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.near.forget(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
