//! What somebody gets who looks for a relation in the cache: the relation, or a ticket that says on
//! what condition they may leave what they read instead.

use super::source::Entries;
use crate::directory::AsOf;
use bytes::Bytes;

/// What was found of a relation.
pub(super) enum Found {
    Hit(Entries),
    Miss(Ticket),
}

/// On what condition something may be put in the place of a relation.
pub(super) struct Ticket {
    pub(super) place: Place,
    /// It must not be older than this commit.
    pub(super) commit: u64,
}

/// What must be there.
pub(super) enum Place {
    /// Whatever is there.
    Any,
    /// Not at all.
    Taken,
    /// If nothing is there.
    Empty,
    /// If exactly this is there.
    Holds(Bytes),
}

impl Ticket {
    /// Nothing may be left.
    pub(super) const NONE: Self = Self { place: Place::Taken, commit: 0 };

    /// Whether what was read is older than what is known to have been: it is of no use to anybody.
    pub(super) fn rules_out(&self, read: &AsOf<Entries>) -> bool {
        read.commit < self.commit
    }
}
