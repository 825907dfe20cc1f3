//! Sends the time to live in a second command after the value.
//!
//! Trigger: a caller that is dropped, or a connection that is lost, between the two. The value
//! stays forever. skipper's pull request 4226 fixed this bug.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, number};
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "set-then-expire",
    "sends the time to live in a second command, which may never go out",
    || connect(SetThenExpire),
    "bad-network-update",
    &[&["with no end"], &["before it has sent an end"]],
);

struct SetThenExpire(Desk);

#[async_trait]
impl Style for SetThenExpire {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let node = self.0.node_of(key);
        done(self.ask(node, &[b"SET", key.as_bytes(), value]).await?)?;
        let ttl_ms = ttl.as_millis().to_string();
        number(self.ask(node, &[b"PEXPIRE", key.as_bytes(), ttl_ms.as_bytes()]).await?).map(|_| ())
    }
}
