//! Has a task send a failed write again after half a second. A delete in between wakes it: the old
//! value lands after the delete was acknowledged. No public report known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect};
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "late-set-retry",
    "a failed write is sent again half a second later",
    || connect(LateSetRetry),
    "bad-network-update",
    &[&["stored once more", "s after call-"], &["failed", "fails"]],
);

struct LateSetRetry(Desk);

#[async_trait]
impl Style for LateSetRetry {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let soon = self.0.limit() / 2;
        let written = self.0.dialer.timeout(soon, kit::set(self, key, value, ttl)).await;
        if let Ok(Ok(())) = written {
            return Ok(());
        }
        let (again, key, value) = (Self(self.0.clone()), key.to_owned(), value.to_owned());
        tokio::spawn(async move {
            for _ in 0..5 {
                again.0.dialer.sleep(Duration::from_millis(500)).await;
                let write = kit::set(&again, &key, &value, ttl);
                if let Ok(Ok(())) = again.0.dialer.timeout(again.0.limit(), write).await {
                    return;
                }
            }
        });
        written?
    }
}
