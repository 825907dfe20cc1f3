//! The result of a cache lookup: the relation, or a permit that states the condition under which
//! the reader may fill the missing entry.

use super::source::Entries;
use crate::directory::AsOf;
use bytes::Bytes;

/// The result of looking up a relation.
pub(super) enum Found {
    Hit(Entries),
    Miss(Ticket),
}

/// Permission to fill a missing entry.
pub(super) struct Ticket {
    pub(super) place: Place,
    /// The new entry must not be older than this commit.
    pub(super) commit: u64,
}

/// The condition on the current cache value under which the entry may be written.
pub(super) enum Place {
    /// Write unconditionally.
    Any,
    /// Do not write.
    Taken,
    /// Write only if the key is absent.
    Empty,
    /// Write only if the current value equals this one.
    Holds(Bytes),
}

impl Ticket {
    /// A permit that allows no write.
    pub(super) const NONE: Self = Self { place: Place::Taken, commit: 0 };

    /// Returns true if the value read is older than a commit already known, and hence useless.
    pub(super) fn rules_out(&self, read: &AsOf<Entries>) -> bool {
        read.commit < self.commit
    }
}
