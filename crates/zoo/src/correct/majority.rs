//! Reads each key up to three times and returns the answer that two of the replies agree on.
//!
//! Freedom: a command may be sent again (F2), and values may be compared (F9).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "majority",
    "reads up to three times and returns what two replies agree on",
    || connect(Majority),
);

struct Majority(Desk);

#[async_trait]
impl Style for Majority {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let mut seen = Vec::new();
        for _ in 0..3 {
            let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
            let found = value_of(self.ask(self.0.node_of(key), &args).await?)?;
            if seen.contains(&found) {
                return Ok(found);
            }
            seen.push(found);
        }
        Ok(None)
    }
}
