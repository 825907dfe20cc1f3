//! Passes a time to live in milliseconds to a command that takes seconds, so values live a thousand
//! times too long.
//!
//! Trigger: a change that no delete follows. `node-cache-manager-stores` issue 331 is this bug,
//! after cache-manager 5 changed its unit.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done};
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "ms-as-seconds",
    "passes milliseconds as seconds, so values live a thousand times too long",
    || connect(MsAsSeconds),
    "bad-network-update",
    &[&["1000 times"]],
);

struct MsAsSeconds(Desk);

#[async_trait]
impl Style for MsAsSeconds {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl = ttl.as_millis().to_string();
        let args: [&[u8]; 4] = [b"SETEX", key.as_bytes(), ttl.as_bytes(), value];
        done(self.ask(self.0.node_of(key), &args).await?)
    }
}
