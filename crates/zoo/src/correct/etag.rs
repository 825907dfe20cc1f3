//! Keeps values with a hash of their content. The server keeps the hash under a second key, and a read
//! asks for that one first: a kept value with that very hash is what the server has.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, fnv, frame, lock, number, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("etag", "keeps values and asks the server for their hash before use", || {
        connect(|desk| Etag { desk, kept: Mutex::default() })
    });

struct Etag {
    desk: Desk,
    kept: Mutex<BTreeMap<String, Bytes>>,
}

fn tag(value: &[u8]) -> String {
    format!("{:016x}{:016x}", fnv(0, value), fnv(1, value))
}

#[async_trait]
impl Style for Etag {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (node, tag_key) = (self.desk.node_of(key), format!("{key}#tag"));
        let kept = lock(&self.kept).get(key).cloned();
        if let Some(kept) = kept {
            let args: [&[u8]; 2] = [b"GET", tag_key.as_bytes()];
            if value_of(self.ask(node, &args).await?)?.is_some_and(|now| now == tag(&kept)) {
                return Ok(Some(kept));
            }
        }
        value_of(self.ask(node, &[b"GET", key.as_bytes()]).await?)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (ttl_ms, tag_key) = (ttl.as_millis().to_string(), format!("{key}#tag"));
        let set = |key: &str, value: &[u8]| {
            frame(&[b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()])
        };
        let mut lease = self.desk.lease(self.desk.node_of(key)).await?;
        let commands = [set(&tag_key, tag(value).as_bytes()), set(key, value)];
        lease.write(&commands.concat(), 2).await?;
        let replies = (lease.reply().await?, lease.reply().await?);
        done(replies.0).and(done(replies.1))?;
        lock(&self.kept).insert(key.to_owned(), Bytes::copy_from_slice(value));
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let tag_key = format!("{key}#tag");
        let args: [&[u8]; 3] = [b"DEL", tag_key.as_bytes(), key.as_bytes()];
        number(self.ask(self.desk.node_of(key), &args).await?).map(|_| ())
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
