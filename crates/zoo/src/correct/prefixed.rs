//! Puts a namespace in front of every key, and a version of the format in front of every value.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("prefixed", "keys with a namespace, values with a version in front", || {
        connect(Prefixed)
    });

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
