//! Compresses values by run length, and counts a run in one byte without cutting it at 255.
//!
//! Trigger: a value with 256 equal bytes in a row, which are lost. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use bytes::Bytes;
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "run-overflow",
    "counts a run of equal bytes in one byte",
    || connect(RunOverflow),
    "swarm",
    &[&["bytes that no call wrote"], &["with a value of"]],
);

const MARK: &[u8] = b"RLE1";

struct RunOverflow(Desk);

#[async_trait]
impl Style for RunOverflow {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn pack(&self, _key: &str, value: &[u8]) -> Vec<u8> {
        let mut packed = MARK.to_vec();
        for run in value.chunk_by(|one, next| one == next) {
            packed.extend([run.len() as u8, run[0]]);
        }
        packed
    }

    fn unpack(&self, _key: &str, stored: Bytes) -> Option<Bytes> {
        let Some(packed) = stored.strip_prefix(MARK) else { return Some(stored) };
        let runs = packed.chunks_exact(2);
        Some(runs.flat_map(|run| std::iter::repeat_n(run[1], usize::from(run[0]))).collect())
    }
}
