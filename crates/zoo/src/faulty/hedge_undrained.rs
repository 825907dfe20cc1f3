//! Hedges reads on a second connection and gives both back when the first reply is there. A slow
//! reply wakes it: the loser's reply is still to come and goes to the next borrower. No public
//! report known to us.

use crate::Specimen;
use crate::correct::hedged::{Hedged, Parting};
use crate::kit::{Lease, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "hedge-undrained",
    "the loser of a hedge goes back with its reply still to come",
    || connect(Hedged::<Undrained>::new),
    "notification-mix-up",
    &[&["two connections"], &["left unread", "still unread", "still to come"]],
);

/// There is an answer, so both are done and go back.
struct Undrained;

impl Parting for Undrained {
    fn part(mut lease: Lease) {
        lease.owed = 0;
    }
}
