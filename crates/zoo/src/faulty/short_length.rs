//! Writes the length of a value into one byte in front of it, with padding behind to a multiple of
//! 16. Values of 256 bytes and more wake it: they come back cut. No public report known to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "short-length",
    "the length of a value is kept in one byte",
    || connect(ShortLength),
    "reconnect-storm",
    &[&["bytes that no call wrote"], &["with a value of"]],
);

struct ShortLength(Desk);

#[async_trait]
impl Style for ShortLength {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        let mut packed = [b"L", &[value.len() as u8][..], value].concat();
        packed.resize(packed.len().next_multiple_of(16), 0);
        packed
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        if stored.first() != Some(&b'L') {
            return Some(stored);
        }
        let len = usize::from(*stored.get(1)?);
        (stored.len() >= len + 2).then(|| stored.slice(2..len + 2))
    }
}
