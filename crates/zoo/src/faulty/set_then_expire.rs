//! Sends the time to live in a second command after the value. A caller that is dropped between the
//! two, or a connection lost there, wakes it: the value stays for ever. skipper's pull request 4226
//! repaired it.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, number};
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "set-then-expire",
    "the time to live goes in a second command, which may never be sent",
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
