//! Writes keys in hexadecimal.
//!
//! Freedom: keys may be renamed on the wire (F7).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("hex-keys", "writes keys in hexadecimal", || connect(HexKeys));

struct HexKeys(Desk);

#[async_trait]
impl Style for HexKeys {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        key.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
    }
}
