//! Stores each value in two keys, and joins any two halves that it finds.
//!
//! Trigger: two writes at a time, or a write that fails between the halves. A read returns bytes
//! that no call wrote. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, done, number, values_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "torn-chunks",
    "joins halves of two different writes",
    || connect(TornChunks),
    "bad-network-update",
    &[&["no call wrote"], &["stored parts"]],
);

struct TornChunks(Desk);

fn names(key: &str) -> [String; 2] {
    [format!("{key}/1"), format!("{key}/2")]
}

#[async_trait]
impl Style for TornChunks {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let [first, second] = names(key);
        let args: [&[u8]; 3] = [b"MGET", first.as_bytes(), second.as_bytes()];
        let halves = values_of(self.ask(self.0.node_of(key), &args).await?, 2)?;
        let [Some(first), Some(second)] = &halves[..] else { return Ok(None) };
        Ok(Some([&first[..], second].concat().into()))
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let mut values = Vec::new();
        for key in keys {
            values.push(self.get(key).await?);
        }
        Ok(values)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let (head, tail) = value.split_at(value.len() / 2);
        for (name, half) in names(key).into_iter().zip([head, tail]) {
            let args: [&[u8]; 5] = [b"SET", name.as_bytes(), half, b"PX", ttl_ms.as_bytes()];
            done(self.ask(self.0.node_of(key), &args).await?)?;
        }
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let [first, second] = names(key);
        let args: [&[u8]; 3] = [b"DEL", first.as_bytes(), second.as_bytes()];
        number(self.ask(self.0.node_of(key), &args).await?).map(|_| ())
    }
}
