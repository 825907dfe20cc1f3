//! What ends the life of a relation's entry in the cache, and how stale it may be.

use super::feed::FOLLOWS_WITHIN_MS;
use crate::service::ServiceConfig;
use std::time::Duration;

/// What ends the life of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Right. A change takes the entry out; if that fails, or a slow reader puts it back, it is
    /// untrue for its time to live at most, which is short.
    TimeToLive,
    /// Right. An entry lives long, and says as of which commit it is; before it is trusted, it is
    /// held against the directory's log of changes, see `feed`.
    Followed,
    /// Mechanism 12, stale set. An entry lives long, until a change takes it out, and is trusted
    /// as long as it is there; a slow reader puts back what was true before the change. A slow
    /// database and a cold cache wake it, for then reads are under way for long and for
    /// everything. It is the stale set for which Facebook gave its memcache leases (NSDI 2013).
    UntilInvalidated,
}

impl Keeping {
    /// For how long at most a change may go unnoticed, as it is declared.
    pub(crate) fn stale_ms(self, config: &ServiceConfig) -> u64 {
        match self {
            Self::TimeToLive => config.cache_ttl_ms,
            Self::Followed | Self::UntilInvalidated => FOLLOWS_WITHIN_MS,
        }
    }

    /// For how long at most the cache may say what is no longer true, as it is declared.
    pub(crate) fn cached_ms(self, config: &ServiceConfig) -> u64 {
        match self {
            Self::TimeToLive | Self::UntilInvalidated => self.stale_ms(config),
            Self::Followed => self.life(config).as_millis() as u64,
        }
    }

    pub(super) fn life(self, config: &ServiceConfig) -> Duration {
        match self {
            Self::TimeToLive => Duration::from_millis(config.cache_ttl_ms),
            Self::Followed | Self::UntilInvalidated => LONG,
        }
    }
}

/// The life of an entry that does not count on it.
const LONG: Duration = Duration::from_mins(10);
