//! Keeps values. Before use it asks the server for the hash that a write stores under a second key.
//! Freedom: values may be kept (D1) and compared (F9).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, fnv, frame, lock, number, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("etag", "keeps values and compares their hash with the server's", || {
        connect(Etag::<Hash>::new)
    });

/// The tag that distinguishes the values of a key.
pub(crate) trait Tag: Send + Sync + 'static {
    fn tag(value: &[u8]) -> String;
}

struct Hash;

impl Tag for Hash {
    fn tag(value: &[u8]) -> String {
        format!("{:016x}{:016x}", fnv(0, value), fnv(1, value))
    }
}

pub(crate) struct Etag<T>(Desk, Mutex<BTreeMap<String, Bytes>>, PhantomData<T>);

impl<T> Etag<T> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, Mutex::default(), PhantomData)
    }
}

#[async_trait]
impl<T: Tag> Style for Etag<T> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (node, tag_key) = (self.0.node_of(key), format!("{key}#tag"));
        let kept = lock(&self.1).get(key).cloned();
        if let Some(kept) = kept {
            let now = value_of(self.ask(node, &[b"GET", tag_key.as_bytes()]).await?)?;
            if now.is_some_and(|now| now == T::tag(&kept)) {
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
        let mut lease = self.0.lease(self.0.node_of(key)).await?;
        let tag = T::tag(value);
        lease.write(&[set(&tag_key, tag.as_bytes()), set(key, value)].concat(), 2).await?;
        let replies = (lease.reply().await?, lease.reply().await?);
        done(replies.0).and(done(replies.1))?;
        lock(&self.1).insert(key.to_owned(), Bytes::copy_from_slice(value));
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let tag_key = format!("{key}#tag");
        let args: [&[u8]; 3] = [b"DEL", tag_key.as_bytes(), key.as_bytes()];
        number(self.ask(self.0.node_of(key), &args).await?).map(|_| ())
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
