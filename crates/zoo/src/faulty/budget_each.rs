//! Tries a command up to three times and gives each attempt the whole time-out. A node that does not
//! answer wakes it: the call takes three times as long as it may. No public report known to us.

use crate::Specimen;
use crate::correct::budget::{Budget, Time};
use crate::kit::connect;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "budget-each",
    "each of three attempts has the whole time-out",
    || connect(Budget::<Each>::new),
    "bad-network-update",
    &[&["should have ended", "in time"]],
);

/// Three times as much.
struct Each;

impl Time for Each {
    fn of_all(limit: Duration) -> Duration {
        3 * limit
    }
}
