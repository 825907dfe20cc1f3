//! Sends times to live in whole seconds and takes 0 for "no expiry", as many interfaces do.
//!
//! Trigger: a time to live below a second. The value stays forever. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done};
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "seconds-truncated",
    "turns a time to live below a second into none at all",
    || connect(SecondsTruncated),
    "swarm",
    &[&["with no end"], &["instead of for 0."]],
);

struct SecondsTruncated(Desk);

#[async_trait]
impl Style for SecondsTruncated {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let node = self.0.node_of(key);
        let seconds = ttl.as_secs();
        if seconds == 0 {
            return done(self.ask(node, &[b"SET", key.as_bytes(), value]).await?);
        }
        let seconds = seconds.to_string();
        let args: [&[u8]; 5] = [b"SET", key.as_bytes(), value, b"EX", seconds.as_bytes()];
        done(self.ask(node, &args).await?)
    }
}
