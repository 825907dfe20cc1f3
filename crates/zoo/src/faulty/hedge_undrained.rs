//! Hedges reads on a second connection, and gives both back when the first reply arrives.
//!
//! Trigger: a slow reply. The reply on the losing connection is still to come and goes to the next
//! borrower. No public report known.

use crate::Specimen;
use crate::correct::hedged::{Hedged, Parting};
use crate::kit::{Lease, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "hedge-undrained",
    "gives the loser of a hedge back with its reply outstanding",
    || connect(Hedged::<Undrained>::new),
    "notification-mix-up",
    &[&["two connections"], &["left unread", "still unread", "still to come"]],
);

/// Gives both connections back, since there is an answer.
struct Undrained;

impl Parting for Undrained {
    fn part(mut lease: Lease) {
        lease.owed = 0;
    }
}
