//! The expiry policies of cached relations, and the staleness each one declares.

use super::feed::FOLLOWS_WITHIN_MS;
use crate::gateway::config::ServiceConfig;
use std::time::Duration;

/// The event that ends the life of a cached relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpiryPolicy {
    /// Correct: a change removes the entry. If that fails, or a slow reader writes the old value
    /// back, the entry is outdated for at most its short time to live.
    TimeToLive,
    /// Correct: entries are long-lived and carry the commit as of which they are valid. Before an
    /// entry is trusted, it is compared with the directory's change log; see `feed`.
    Followed,
    /// Mechanism 12, stale set. Entries live until a change removes them, and are trusted as long
    /// as they exist, so a slow reader can put back the state from before a change. The triggers
    /// are a slow database and a cold cache, when reads take long and every relation is read. This
    /// is the stale set for which Facebook added leases to memcache (NSDI 2013).
    UntilInvalidated,
}

impl ExpiryPolicy {
    /// Returns the declared maximum time for which a change may go unnoticed.
    pub(crate) fn stale_ms(self, config: &ServiceConfig) -> u64 {
        match self {
            Self::TimeToLive => config.cache_ttl_ms,
            Self::Followed | Self::UntilInvalidated => FOLLOWS_WITHIN_MS,
        }
    }

    /// Returns the declared maximum time for which the cache may contain an outdated relation.
    pub(crate) fn cached_ms(self, config: &ServiceConfig) -> u64 {
        match self {
            Self::TimeToLive | Self::UntilInvalidated => self.stale_ms(config),
            Self::Followed => self.life(config).as_millis() as u64,
        }
    }

    /// Returns true if entries are compared with the directory's change log.
    pub(super) fn follows(self) -> bool {
        self == Self::Followed
    }

    /// Returns true if entries carry the commit as of which they are valid.
    pub(crate) fn writes_versions(self, config: &ServiceConfig) -> bool {
        config.defences.versioned_entries || self.follows()
    }

    /// Returns true if entries live no longer than the service declares.
    pub(super) fn is_short(self) -> bool {
        self == Self::TimeToLive
    }

    pub(super) fn life(self, config: &ServiceConfig) -> Duration {
        match self {
            Self::TimeToLive => Duration::from_millis(config.cache_ttl_ms),
            Self::Followed | Self::UntilInvalidated => LONG,
        }
    }
}

/// Lifetime of an entry whose policy does not rely on expiry.
const LONG: Duration = Duration::from_mins(10);
