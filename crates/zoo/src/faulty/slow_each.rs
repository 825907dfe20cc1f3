//! Bounds each command by the time-out, and not the call. A multi-get over nodes that are slow wakes
//! it: each has the whole time-out for itself, one after the other. No public report known to us.

use crate::Specimen;
use crate::correct::slow::{Bound, Slow};
use crate::kit::connect;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "slow-each",
    "each command has the whole time-out, and a call has many",
    || connect(Slow::<EachCommand>::new),
    "notification-mix-up",
    &[&["should have ended", "in time"]],
);

/// Whatever the commands of a call take together.
struct EachCommand;

impl Bound for EachCommand {
    fn bound(limit: Duration) -> Duration {
        limit * 100
    }
}
