//! Stores each value in two keys. Both halves carry a hash of the whole, so halves of two writes
//! are never joined. One DEL removes both keys.
//!
//! Freedom: values may be stored in parts (F8).

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, done, fnv, frame, number, values_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "chunked",
    "stores each value in two keys, each half with a hash of the whole",
    || connect(Chunked),
);

struct Chunked(Desk);

fn names(key: &str) -> [String; 2] {
    [format!("{key}/1"), format!("{key}/2")]
}

fn joined(halves: &[Option<Bytes>]) -> Option<Bytes> {
    let [Some(first), Some(second)] = halves else { return None };
    let whole = [first.get(8..)?, second.get(8..)?].concat();
    let hash = fnv(0, &whole).to_le_bytes();
    (first.starts_with(&hash) && second.starts_with(&hash)).then(|| whole.into())
}

#[async_trait]
impl Style for Chunked {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let [first, second] = names(key);
        let args: [&[u8]; 3] = [b"MGET", first.as_bytes(), second.as_bytes()];
        let reply = self.ask(self.0.node_of(key), &args).await?;
        Ok(joined(&values_of(reply, 2)?))
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let mut values = Vec::new();
        for key in keys {
            values.push(self.get(key).await?);
        }
        Ok(values)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let hash = fnv(0, value).to_le_bytes();
        let ttl_ms = ttl.as_millis().to_string();
        let (head, tail) = value.split_at(value.len() / 2);
        let mut lease = self.0.lease(self.0.node_of(key)).await?;
        let commands = names(key).into_iter().zip([head, tail]).map(|(name, half)| {
            let stored = [&hash, half].concat();
            frame(&[b"SET", name.as_bytes(), &stored, b"PX", ttl_ms.as_bytes()])
        });
        lease.write(&commands.collect::<Vec<_>>().concat(), 2).await?;
        let replies = (lease.reply().await?, lease.reply().await?);
        done(replies.0).and(done(replies.1))
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let [first, second] = names(key);
        let args: [&[u8]; 3] = [b"DEL", first.as_bytes(), second.as_bytes()];
        number(self.ask(self.0.node_of(key), &args).await?).map(|_| ())
    }
}
