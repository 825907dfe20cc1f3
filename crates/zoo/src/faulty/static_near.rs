//! Keeps values in a `static` map, which all clients of the process share and which outlives them. A
//! second run in the process wakes it: its first reads are answered from the run before. No public
//! report known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect, lock, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "static-near",
    "values are kept in a `static`, which outlives the run",
    || connect(StaticNear),
    "reconnect-storm",
    &[&["client's memory"], &["no call wrote"]],
);

static KEPT: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());

struct StaticNear(Desk);

#[async_trait]
impl Style for StaticNear {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let kept = lock(&KEPT).remove(key);
        if kept.is_some() {
            // Once: then it is read again.
            return Ok(kept);
        }
        let value = value_of(self.ask(self.0.node_of(key), &[b"GET", key.as_bytes()]).await?)?;
        if let Some(value) = &value {
            lock(&KEPT).insert(key.to_owned(), value.clone());
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        lock(&KEPT).remove(key);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        lock(&KEPT).remove(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
