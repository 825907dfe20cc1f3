//! Writes on the condition that a key holds nothing with SET and NX, and takes every reply that is no
//! error for yes. A key that somebody else has filled meanwhile wakes it: the reply is nil, and the
//! caller believes that its value is there. No public report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, When, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nil-is-yes",
    "a conditional write that the cache refused is taken for carried out",
    || connect(NilIsYes),
    "swarm",
    &[&["without storing"], &["ends well"]],
);

struct NilIsYes(Desk);

#[async_trait]
impl Style for NilIsYes {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let When::Absent = when else { return Err(CacheError::Unsupported) };
        let ttl_ms = ttl.as_millis().to_string();
        let args: [&[u8]; 6] = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes(), b"NX"];
        match self.ask(self.0.node_of(key), &args).await? {
            Reply::Error(text) => Err(CacheError::Server(text)),
            _ => Ok(true),
        }
    }
}
