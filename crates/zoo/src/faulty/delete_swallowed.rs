//! Acknowledges a delete whatever came of it, for a cache must not fail its service. A node that
//! fails wakes it: a value is still there that the service takes for forgotten. No public report
//! known to us.

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect};
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "delete-swallowed",
    "a delete that failed is acknowledged",
    || connect(DeleteSwallowed),
    "bad-network-update",
    &[&["forget"], &["no cache has carried it out", "with an error"], &["ends well"]],
);

struct DeleteSwallowed(Desk);

#[async_trait]
impl Style for DeleteSwallowed {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _ = self.0.dialer.timeout(self.0.limit() / 2, kit::del(self, key)).await;
        Ok(())
    }
}
