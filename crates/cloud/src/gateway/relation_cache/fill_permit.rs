//! The result of a cache lookup: the relation, or a permit that states the condition under which
//! the reader may fill the missing entry.

use super::source::Entries;
use crate::directory::AtCommit;
use bytes::Bytes;

/// The result of looking up a relation.
pub(crate) enum Found {
    Hit(Entries),
    Miss(FillPermit),
}

/// Permission to fill a missing entry.
pub(crate) struct FillPermit {
    pub(crate) condition: FillCondition,
    /// The new entry must not be older than this commit.
    pub(crate) commit: u64,
}

/// The condition on the current cache value under which the entry may be written.
pub(crate) enum FillCondition {
    /// Write unconditionally.
    Always,
    /// Do not write.
    Never,
    /// Write only if the key is absent.
    IfAbsent,
    /// Write only if the current value equals this one.
    IfEquals(Bytes),
}

impl FillPermit {
    /// A permit that allows no write.
    pub(crate) const NONE: Self = Self { condition: FillCondition::Never, commit: 0 };

    /// Returns true if the value read is older than a commit already known, and hence useless.
    pub(crate) fn rejects(&self, read: &AtCommit<Entries>) -> bool {
        read.commit < self.commit
    }
}
