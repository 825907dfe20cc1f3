//! Has a task send a failed write again after half a second. A delete in between wakes it: the old
//! value lands after the delete was acknowledged. No public report known to us.

use crate::Specimen;
use crate::correct::set_retry::{Again, SetRetry};
use crate::kit::connect;
use crosswire_cache::Moment;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "late-set-retry",
    "a failed write is sent again half a second later",
    || connect(SetRetry::<InPeace>::new),
    "bad-network-update",
    &[&["s after call-"], &["which writes it, failed"]],
);

/// Half a second later, and with the whole time-out each time.
struct InPeace;

impl Again for InPeace {
    fn pause(_limit: Duration) -> Duration {
        Duration::from_millis(500)
    }

    fn left(limit: Duration, _since: &Moment) -> Duration {
        limit
    }
}
