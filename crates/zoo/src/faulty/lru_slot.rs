//! Keeps 128 values near in slots that are reused in turn, and leaves the old key pointing to its
//! slot.
//!
//! Trigger: more keys than slots. The old key gets the new key's value. No public report known.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect, lock};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "lru-slot",
    "an evicted key still points to its slot",
    || connect(|desk| LruSlot { desk, near: Near::default(), slot_of: Mutex::default() }),
    "reconnect-storm",
    &[&["client's memory"], &["no cache has answered"], &["is taken for that of"]],
);

const SLOTS: usize = 128;

struct LruSlot {
    desk: Desk,
    /// Values by slot.
    near: Near,
    slot_of: Mutex<BTreeMap<String, usize>>,
}

impl LruSlot {
    /// Returns the slot of a key. New keys get the slots in turn.
    fn slot(&self, key: &str) -> String {
        let mut slot_of = lock(&self.slot_of);
        let next = slot_of.len() % SLOTS;
        let slot = *slot_of.entry(key.to_owned()).or_insert(next);
        slot.to_string()
    }
}

#[async_trait]
impl Style for LruSlot {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let slot = self.slot(key);
        if let Some(value) = self.near.look_up(&slot) {
            return Ok(value);
        }
        let writes = self.near.writes();
        let fetched = self.desk.fetch(key).await?;
        let value = fetched.value.clone();
        if value.is_some() {
            self.near.fill(&slot, fetched, writes);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let slot = self.slot(key);
        let _strike = self.near.strike(&slot);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let slot = self.slot(key);
        let _strike = self.near.strike(&slot);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
