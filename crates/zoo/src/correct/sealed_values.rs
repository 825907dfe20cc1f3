//! Encrypts values by XOR with a stream derived from the key, and verifies a checksum.
//!
//! Freedom: values may be stored in any encoding (F8) and checksummed (F9).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, fnv};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "sealed-values",
    "encrypts values with a stream cipher and adds a checksum",
    || connect(SealedValues),
);

struct SealedValues(Desk);

/// XORs with the stream of a key. A second pass restores the text.
fn cipher(key: &str, text: &[u8]) -> Vec<u8> {
    let stream = |at: usize| fnv(at as u64 / 8, key.as_bytes()).to_le_bytes()[at % 8];
    text.iter().enumerate().map(|(at, byte)| byte ^ stream(at)).collect()
}

#[async_trait]
impl Style for SealedValues {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, key: &str, value: &[u8]) -> Vec<u8> {
        let checksum = fnv(0, value).to_le_bytes();
        cipher(key, &[&checksum, value].concat())
    }

    fn unpack(&self, key: &str, stored: Bytes) -> Option<Bytes> {
        let plain = Bytes::from(cipher(key, &stored));
        let (checksum, value) = plain.split_at_checked(8)?;
        (checksum == fnv(0, value).to_le_bytes()).then(|| plain.slice(8..))
    }
}
