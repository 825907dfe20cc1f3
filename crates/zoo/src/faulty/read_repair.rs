//! Mirrors keys on two nodes, and copies a value to the node that misses it from the one that has
//! it.
//!
//! Trigger: a delete between the read and the repair. The repair brings the value back. No public
//! report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, number, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "read-repair",
    "repairs a mirror with a value that was deleted meanwhile",
    || connect(ReadRepair),
    "swarm",
    &[&["stored once more"], &["no longer holds"]],
);

struct ReadRepair(Desk);

impl ReadRepair {
    fn nodes(&self, key: &str) -> [usize; 2] {
        let first = self.0.node_of(key);
        [first, (first + 1) % self.0.nodes()]
    }
}

#[async_trait]
impl Style for ReadRepair {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let ([one, other], args) = (self.nodes(key), [b"GET", key.as_bytes()]);
        if let Some(value) = value_of(self.ask(one, &args).await?)? {
            return Ok(Some(value));
        }
        let found = value_of(self.ask(other, &args).await?)?;
        if let Some(value) = &found {
            let repair: [&[u8]; 5] = [b"SET", key.as_bytes(), value, b"PX", b"1000"];
            done(self.ask(one, &repair).await?)?;
        }
        Ok(found)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        for node in self.nodes(key) {
            let args: [&[u8]; 5] = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
            done(self.ask(node, &args).await?)?;
        }
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        for node in self.nodes(key) {
            number(self.ask(node, &[b"DEL", key.as_bytes()]).await?)?;
        }
        Ok(())
    }
}
