//! Keeps the numbers in its keys in 16 bits, as a wire format with `u16` fields would. Ids above
//! 65,535 wake it: two ids that differ by a multiple of 65,536 share a name. No public report known
//! to us.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::async_trait;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "truncated-ids",
    "numbers in keys are kept in 16 bits",
    || connect(TruncatedIds),
    "reconnect-storm",
    &[&["are both"], &["to the cache"]],
);

struct TruncatedIds(Desk);

#[async_trait]
impl Style for TruncatedIds {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn name(&self, key: &str) -> Vec<u8> {
        let short = |part: &str| match part.parse::<u64>() {
            Ok(number) => (number as u16).to_string(),
            Err(_) => part.to_owned(),
        };
        key.split(':').map(short).collect::<Vec<_>>().join(":").into_bytes()
    }
}
