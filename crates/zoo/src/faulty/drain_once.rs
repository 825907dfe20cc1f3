//! Drains what is there of a reply when a caller is dropped, and gives the connection back. A reply
//! that is still on its way wakes it: nothing is there to drain yet, and the next borrower gets it.
//! No public report of such a repair known to us. What it repairs is redis-py issue 2624.

use crate::Specimen;
use crate::correct::background_drain::{BackgroundDrain, Drain};
use crate::kit::{Lease, connect};
use futures_util::FutureExt;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "drain-once",
    "a dropped caller drains what has arrived, and not what is on its way",
    || connect(BackgroundDrain::<Once>::new),
    "notification-mix-up",
    &[&["is dropped"], &["left unread", "still unread", "still to come"]],
);

/// As far as it has arrived.
struct Once;

impl Drain for Once {
    fn drain(mut lease: Lease) {
        if lease.owed > 0 {
            // A destructor cannot wait: what is there is read, and then it is clean.
            lease.reply().now_or_never();
            lease.owed = 0;
        }
    }
}
