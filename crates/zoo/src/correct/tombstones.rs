//! Deletes by writing a tombstone that lives for two seconds, and never sends DEL. A letter in
//! front of each value distinguishes it from a tombstone.
//!
//! Freedom: values may be stored in any encoding (F8), and the contract does not say which command
//! deletes.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("tombstones", "deletes by writing a tombstone", || connect(Tombstones));

struct Tombstones(Desk);

#[async_trait]
impl Style for Tombstones {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        [b"v", value].concat()
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        (stored.first() == Some(&b'v')).then(|| stored.slice(1..))
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let args: [&[u8]; 5] = [b"SET", key.as_bytes(), b"t", b"PX", b"2000"];
        done(self.ask(self.0.node_of(key), &args).await?)
    }
}
