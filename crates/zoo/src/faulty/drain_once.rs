//! Drains the part of a reply that has arrived when a caller is dropped, and gives the connection
//! back.
//!
//! Trigger: a reply that is still on its way. There is nothing to drain yet, and the next borrower
//! receives it. No public report of this attempted fix known; the bug that it tries to fix is
//! redis-py issue 2624.

use crate::Specimen;
use crate::correct::background_drain::{BackgroundDrain, Drain};
use crate::kit::{Lease, connect};
use futures_util::FutureExt;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "drain-once",
    "drains what has arrived for a dropped caller, but not what is on its way",
    || connect(BackgroundDrain::<Once>::new),
    "notification-mix-up",
    &[&["is dropped"], &["left unread", "still unread", "still to come"]],
);

/// Reads the reply as far as it has arrived.
struct Once;

impl Drain for Once {
    fn drain(mut lease: Lease) {
        if lease.owed > 0 {
            // A destructor cannot wait: once all that is there is read, the connection is clean.
            lease.reply().now_or_never();
            lease.owed = 0;
        }
    }
}
