//! Compresses values by run length: pairs of a count and a byte, without a marker.
//!
//! Freedom: values may be stored in any encoding (F8).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("run-length", "compresses values by run length, without a marker", || {
        connect(RunLength)
    });

struct RunLength(Desk);

#[async_trait]
impl Style for RunLength {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        for run in value.chunk_by(|one, next| one == next) {
            for part in run.chunks(255) {
                packed.extend([part.len() as u8, part[0]]);
            }
        }
        packed
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        if stored.len() % 2 == 1 {
            return None;
        }
        let runs = stored.chunks(2);
        Some(runs.flat_map(|run| std::iter::repeat_n(run[1], usize::from(run[0]))).collect())
    }
}
