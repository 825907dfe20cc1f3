//! Keeps what it has read for thirty seconds, ignoring the life that the value had left on the
//! server.
//!
//! Trigger: a change by another gateway. The near copy outlives the staleness that the service
//! declares. No public report known.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "near-fixed-life",
    "keeps near copies for thirty seconds, ignoring the life the value had left",
    || connect(NearCache::<FixedLife>::new),
    "bad-network-update",
    &[&["client's memory"], &["has kept it for"], &["may live longer"]],
);

/// Thirty seconds for every value.
struct FixedLife;

impl Keeping for FixedLife {
    fn life(_left: Duration) -> Duration {
        Duration::from_secs(30)
    }
}
