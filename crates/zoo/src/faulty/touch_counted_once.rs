//! Counts one reply for a touch that sends two commands.
//!
//! Trigger: a touch whose caller is dropped. The next caller skips one reply of two, and takes the
//! second for its own. redis-py issue 2665 is such a connection, one reply behind.

use crate::Specimen;
use crate::correct::touching::{Counting, Touching};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "touch-counted-once",
    "counts one reply for the two commands of a touch",
    || connect(Touching::<One>::new),
    "notification-mix-up",
    &[
        &["PEXPIRE", "left unread", "still unread", "still to come"],
        &["is handed", "takes the reply", "returns"],
    ],
);

/// A touch is one call, and so one reply.
struct One;

impl Counting for One {
    const REPLIES: usize = 1;
}
