//! Keeps what it has read for thirty seconds, whatever life it had left on the server. A change by
//! another gateway wakes it: the near copy outlives all that the service has declared. No public
//! report known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Near, Style, connect};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "near-fixed-life",
    "near copies live for thirty seconds, whatever life the value had left",
    || connect(|desk| NearFixedLife { desk, near: Near::default() }),
    "bad-network-update",
    &[&["client's memory"], &["has kept it for"], &["may live longer"]],
);

const LIFE: Duration = Duration::from_secs(30);

struct NearFixedLife {
    desk: Desk,
    near: Near,
}

#[async_trait]
impl Style for NearFixedLife {
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
            self.near.fill(key, kit::Fetched { left: LIFE, ..fetched }, writes);
        }
        Ok(value)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _strike = self.near.strike(key);
        kit::del(self, key).await
    }

    fn keeps_values(&self) -> bool {
        true
    }
}
