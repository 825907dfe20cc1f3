//! Keeps one copy of all values that share a 16-bit hash, to save memory.
//!
//! Trigger: two values with one hash. The earlier one replaces the later. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, fnv, lock};
use bytes::Bytes;
use crosswire_cache::async_trait;
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "value-interned",
    "treats values with the same 16-bit hash as one",
    || connect(|desk| ValueInterned { desk, copies: Mutex::default() }),
    "reconnect-storm",
    &[&["client's memory"], &["answers call-"], &["is taken for that of"]],
);

struct ValueInterned {
    desk: Desk,
    copies: Mutex<BTreeMap<u64, Bytes>>,
}

#[async_trait]
impl Style for ValueInterned {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        let hash = fnv(0, &stored) % 65_536;
        let mut copies = lock(&self.copies);
        if copies.len() > 4_096 {
            copies.clear();
        }
        Some(copies.entry(hash).or_insert(stored).clone())
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
