//! Writes keys as hashes of 128 bits. The value contains the whole key, which a read compares.
//!
//! Freedom: keys may be renamed on the wire (F7), and values stored in any encoding (F8).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, fnv};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "hashed-keys",
    "hashes keys to 128 bits and stores the key in the value",
    || connect(HashedKeys),
);

struct HashedKeys(Desk);

#[async_trait]
impl Style for HashedKeys {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        let half = |start| fnv(start, key.as_bytes());
        format!("{:016x}{:016x}", half(0), half(1)).into_bytes()
    }

    fn pack(&self, key: &str, value: &[u8]) -> Vec<u8> {
        [&[key.len() as u8], key.as_bytes(), value].concat()
    }

    fn unpack(&self, key: &str, stored: Bytes) -> Option<Bytes> {
        let len = usize::from(*stored.first()?);
        let written_for = stored.get(1..=len)?;
        (written_for == key.as_bytes()).then(|| stored.slice(len + 1..))
    }
}
