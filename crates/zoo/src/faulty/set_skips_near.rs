//! Forgets a key near when it deletes it, but not when it writes it. An own write of a key that is
//! kept wakes it: what was before is served for as long as it lives. No public report known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "set-skips-near",
    "an own write leaves the near copy as it was",
    || connect(|desk| SetSkipsNear { desk, near: Near::default() }),
    "resale",
    &[&["client's memory"], &["stores"], &["the client keeps it"]],
);

struct SetSkipsNear {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for SetSkipsNear {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        let writes = self.near.writes();
        let fetched = self.desk.fetch(key).await?;
        let value = fetched.value.clone();
        if value.is_some() {
            self.near.fill(key, fetched, writes);
        }
        Ok(value)
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
