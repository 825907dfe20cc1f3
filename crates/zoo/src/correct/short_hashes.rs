//! Writes keys as hashes of 10 bits. The value contains the whole key, which a read compares, so
//! two keys with one hash are misses for each other.
//!
//! Freedom: a read may find nothing (M2).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, fnv};
use bytes::Bytes;
use crosswire_cache::async_trait;
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "short-hashes",
    "hashes keys to 10 bits and compares the key in the value",
    || connect(ShortHashes::<Compared>::new),
);

/// The check that a value belongs to the requested key.
pub(crate) trait Check: Send + Sync + 'static {
    /// Returns true if a value written for the key `written_for` belongs to `key`.
    fn is_for(key: &str, written_for: &[u8]) -> bool;
}

struct Compared;

impl Check for Compared {
    fn is_for(key: &str, written_for: &[u8]) -> bool {
        written_for == key.as_bytes()
    }
}

pub(crate) struct ShortHashes<C>(Desk, PhantomData<C>);

impl<C> ShortHashes<C> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<C: Check> Style for ShortHashes<C> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        format!("{:03x}", fnv(0, key.as_bytes()) % 1024).into_bytes()
    }

    fn pack(&self, key: &str, value: &[u8]) -> Vec<u8> {
        [&[key.len() as u8], key.as_bytes(), value].concat()
    }

    fn unpack(&self, key: &str, stored: Bytes) -> Option<Bytes> {
        let len = usize::from(*stored.first()?);
        let written_for = stored.get(1..=len)?;
        C::is_for(key, written_for).then(|| stored.slice(len + 1..))
    }
}
