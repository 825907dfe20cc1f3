//! Puts a namespace in front of every key and a version of the format in front of every value.
//!
//! Freedom: keys may be renamed on the wire (F7), and values stored in any encoding (F8).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "prefixed",
    "puts a namespace in front of keys and a version in front of values",
    || connect(Prefixed),
);

struct Prefixed(Desk);

#[async_trait]
impl Style for Prefixed {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        format!("app:v2:{key}").into_bytes()
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        [&[2], value].concat()
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        (stored.first() == Some(&2)).then(|| stored.slice(1..))
    }
}
