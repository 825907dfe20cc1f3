//! Tries a command up to three times and gives each attempt the whole time-out.
//!
//! Trigger: a node that does not answer. The call takes three times as long as allowed. No public
//! report known.

use crate::Specimen;
use crate::correct::budget::{Budget, Time};
use crate::kit::connect;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "budget-each",
    "gives each of three attempts the whole time-out",
    || connect(Budget::<Each>::new),
    "bad-network-update",
    &[&["should have ended", "in time"]],
);

/// The whole time-out for each attempt.
struct Each;

impl Time for Each {
    fn of_all(limit: Duration) -> Duration {
        3 * limit
    }
}
