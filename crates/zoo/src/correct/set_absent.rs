//! Writes on the condition that a key holds nothing with one command, SET with NX, and takes a nil
//! reply for no.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, When, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("set-absent", "a conditional write is a SET with NX", || connect(SetAbsent));

struct SetAbsent(Desk);

#[async_trait]
impl Style for SetAbsent {
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
            Reply::Nil => Ok(false),
            reply => done(reply).map(|()| true),
        }
    }
}
