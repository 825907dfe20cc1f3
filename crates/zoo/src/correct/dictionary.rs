//! Compresses a value with copies from earlier in the same value. A byte below 128 announces that
//! number of literal bytes; 128 plus a length announces a copy of that length, and the next byte
//! says how far back it starts.
//!
//! Freedom: values may be stored in any encoding (F8).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "dictionary",
    "compresses a value with copies from earlier in the value",
    || connect(Dictionary),
);

struct Dictionary(Desk);

/// Returns the longest copy for `rest` from the last 255 bytes of `before`: its distance and
/// length.
fn copy(before: &[u8], rest: &[u8]) -> (usize, usize) {
    let len = |back: usize| {
        let from = &before[before.len() - back..];
        from.iter().zip(rest).take_while(|(one, other)| one == other).count().min(127)
    };
    (1..=before.len().min(255))
        .map(|back| (back, len(back)))
        .max_by_key(|(_, len)| *len)
        .unwrap_or((0, 0))
}

#[async_trait]
impl Style for Dictionary {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        let (mut packed, mut at) = (Vec::new(), 0);
        while at < value.len() {
            let (back, len) = copy(&value[..at], &value[at..]);
            if len > 2 {
                packed.extend([128 + len as u8, back as u8]);
                at += len;
            } else {
                packed.extend([1, value[at]]);
                at += 1;
            }
        }
        packed
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        let (mut value, mut rest) = (Vec::new(), &stored[..]);
        while let [head, tail @ ..] = rest {
            let len = usize::from(head % 128);
            if *head < 128 {
                value.extend_from_slice(tail.get(..len)?);
                rest = &tail[len..];
            } else {
                let (back, tail) = tail.split_first()?;
                let from = value.len().checked_sub(usize::from(*back))?;
                value.extend_from_within(from..(from + len).min(value.len()));
                rest = tail;
            }
        }
        Some(value.into())
    }
}
