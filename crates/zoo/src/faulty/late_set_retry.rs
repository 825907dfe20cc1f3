//! Has a task send a failed write again after half a second.
//!
//! Trigger: a delete in between. The old value lands after the delete was acknowledged. No public
//! report known.

use crate::Specimen;
use crate::correct::set_retry::{Again, SetRetry};
use crate::kit::connect;
use crosswire_cache::Moment;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "late-set-retry",
    "sends a failed write again half a second later",
    || connect(SetRetry::<InPeace>::new),
    "bad-network-update",
    &[&["s after call-"], &["which writes it, failed"]],
);

/// Tries every half second, each time with the whole time-out.
struct InPeace;

impl Again for InPeace {
    fn pause(_limit: Duration) -> Duration {
        Duration::from_millis(500)
    }

    fn left(limit: Duration, _since: &Moment) -> Duration {
        limit
    }
}
