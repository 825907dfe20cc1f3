//! Keeps what it has read for thirty seconds, whatever life it had left on the server. A change by
//! another gateway wakes it: the near copy outlives all that the service has declared. No public
//! report known to us.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "near-fixed-life",
    "near copies live for thirty seconds, whatever life the value had left",
    || connect(NearCache::<FixedLife>::new),
    "bad-network-update",
    &[&["client's memory"], &["has kept it for"], &["may live longer"]],
);

/// Whatever life the value had left.
struct FixedLife;

impl Keeping for FixedLife {
    fn life(_left: Duration) -> Duration {
        Duration::from_secs(30)
    }
}
