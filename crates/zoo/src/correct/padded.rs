//! Writes the length of a value in front of it, and pads behind it to a multiple of 16.
//!
//! Freedom: values may be stored in any encoding (F8).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "padded",
    "stores values with their length in front and padding behind",
    || connect(Padded::<TwoBytes>::new),
);

/// The size of the length field.
pub(crate) trait Length: Send + Sync + 'static {
    /// The number of bytes that hold the length.
    const BYTES: usize;
}

struct TwoBytes;

impl Length for TwoBytes {
    const BYTES: usize = 2;
}

pub(crate) struct Padded<L>(Desk, PhantomData<L>);

impl<L> Padded<L> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<L: Length> Style for Padded<L> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        let mut packed = value.len().to_le_bytes()[..L::BYTES].to_vec();
        packed.extend_from_slice(value);
        packed.resize(packed.len().next_multiple_of(16), 0);
        packed
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        let (length, value) = stored.split_at_checked(L::BYTES)?;
        let len = length.iter().rev().fold(0, |len, byte| len << 8 | usize::from(*byte));
        (value.len() >= len).then(|| stored.slice(L::BYTES..L::BYTES + len))
    }
}
