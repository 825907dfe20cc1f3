//! Bounds each command by the time-out, but not the call.
//!
//! Trigger: a multi-get over slow nodes. Each has the whole time-out, one after the other. No
//! public report known.

use crate::Specimen;
use crate::correct::slow::{Bound, Slow};
use crate::kit::connect;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "slow-each",
    "gives each command of a call the whole time-out",
    || connect(Slow::<EachCommand>::new),
    "notification-mix-up",
    &[&["should have ended", "in time"]],
);

/// As long as the commands of a call take together.
struct EachCommand;

impl Bound for EachCommand {
    fn bound(limit: Duration) -> Duration {
        limit * 100
    }
}
