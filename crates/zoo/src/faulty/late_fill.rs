//! Fills its near-cache with whatever a read has found. A read that is overtaken by an own delete
//! wakes it: the value from before the delete is put back and served for as long as it lives. Guava
//! issue 1881 is this race.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "late-fill",
    "a near-cache is filled by a read that an own delete has overtaken",
    || connect(|desk| LateFill { desk, near: Near::default() }),
    "resale",
    &[&["client's memory"], &["overtaken"]],
);

struct LateFill {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for LateFill {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.near.look_up(key) {
            return Ok(value);
        }
        let fetched = self.desk.fetch(key).await?;
        let value = fetched.value.clone();
        if value.is_some() {
            self.near.fill(key, fetched, self.near.writes());
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.near.forget(key);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.near.forget(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
