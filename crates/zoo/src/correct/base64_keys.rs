//! Writes keys in base64, without padding.
//!
//! Freedom: keys may be renamed on the wire (F7).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("base64-keys", "writes keys in base64", || connect(Base64Keys));

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct Base64Keys(Desk);

#[async_trait]
impl Style for Base64Keys {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        let mut name = Vec::new();
        for three in key.as_bytes().chunks(3) {
            let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            for digit in 0..=three.len() {
                name.push(DIGITS[(bits >> (18 - 6 * digit)) as usize % 64]);
            }
        }
        name
    }
}
