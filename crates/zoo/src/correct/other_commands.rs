//! Writes with PSETEX, deletes with UNLINK and reads with an MGET of one key.
//!
//! Freedom: the contract does not say which commands a client sends.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, number, values_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "other-commands",
    "writes with PSETEX, deletes with UNLINK, reads with an MGET of one key",
    || connect(OtherCommands),
);

struct OtherCommands(Desk);

#[async_trait]
impl Style for OtherCommands {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let reply = self.ask(self.0.node_of(key), &[b"MGET", key.as_bytes()]).await?;
        Ok(values_of(reply, 1)?.pop().flatten())
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let args: [&[u8]; 4] = [b"PSETEX", key.as_bytes(), ttl_ms.as_bytes(), value];
        done(self.ask(self.0.node_of(key), &args).await?)
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let reply = self.ask(self.0.node_of(key), &[b"UNLINK", key.as_bytes()]).await?;
        number(reply).map(|_| ())
    }
}
