//! Drops the near copy of a deleted key only if the server had the key.
//!
//! Trigger: a key that the server has lost in a restart or to eviction. The near copy outlives an
//! acknowledged delete. No public report known.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect, number};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "delete-skips-absent",
    "keeps the near copy when it deletes a key that the server has lost",
    || connect(|desk| DeleteSkipsAbsent { desk, near: Near::default() }),
    "bad-network-update",
    &[&["client's memory"], &["to delete"]],
);

struct DeleteSkipsAbsent {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for DeleteSkipsAbsent {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        let writes = self.near.writes();
        let fetched = self.desk.fetch(key).await?;
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
        let reply = self.ask(self.desk.node_of(key), &[b"DEL", key.as_bytes()]).await?;
        if number(reply)? > 0 {
            self.near.forget(key);
        }
        Ok(())
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
