//! The implementation a gateway uses for each component that has a correct and a faulty variant.
//!
//! A faulty service differs from its correct twin in one component; all other code is shared.
//! Components are created when a gateway starts, so their state dies with its process.

use super::announcement;
use super::changes::retrying::{Keys, Retrying};
use super::changes::stepwise::Stepwise;
use super::changes::{ChangeWriter, Once};
use super::config::ServiceConfig;
use super::edge::{Edge, NoEdge};
use super::identity::{ByName, Identity, Registered};
use super::media::{DirectReader, Reader};
use super::relation_cache::expired::ServeExpired;
use super::relation_cache::expiry_policy::ExpiryPolicy;
use super::relation_cache::single_flight::{JoinBeforeStart, JoinUntilDone, SingleFlight};
use super::relation_cache::source::{Primary, Replica, Source};
use super::request_context::{ExplicitUser, Workers};
use crate::deps::Deps;
use crate::directory::Stored;
use crate::response_cache::ResponseCache;
use std::sync::Arc;

/// The components of a gateway.
#[derive(Clone, Copy)]
pub struct Design {
    /// The source of relations on a cache miss.
    pub(crate) source: fn(&Deps) -> Arc<dyn Source>,
    /// The expiry policy of cached relations.
    pub(crate) expiry: ExpiryPolicy,
    /// Provides the user of a request while the request is processed.
    pub(crate) workers: fn(&Deps) -> Box<dyn Workers>,
    /// Decides which credentials are accepted.
    pub(crate) identity: fn(&Deps) -> Box<dyn Identity>,
    /// Reads media from the media store.
    pub(crate) reader: fn(&Deps) -> Box<dyn Reader>,
    /// The edge response cache, active during the emergency configuration.
    pub(crate) edge: fn(&Deps, &Arc<ResponseCache>, &ServiceConfig) -> Box<dyn Edge>,
    /// Commits access changes to the directory.
    pub(crate) changes: fn(&Deps) -> Arc<dyn ChangeWriter>,
    /// Decides which uploads are announced to phones.
    pub(crate) announced: fn(Stored) -> bool,
}

impl Design {
    /// Returns the staleness the service promises: the maximum time in milliseconds after an
    /// acknowledged access change during which the service may still act on an older relation. Work
    /// in progress and links already issued come on top. The checker holds the service to this
    /// bound; a faulty service promises the same bound as its correct twin.
    pub fn stale_ms(&self, config: &ServiceConfig) -> u64 {
        self.expiry.stale_ms(config)
    }

    /// Returns the maximum time in milliseconds for which the cache may contain an outdated
    /// relation. It exceeds the promised staleness if the service checks the age of entries before
    /// it uses them.
    pub fn cached_ms(&self, config: &ServiceConfig) -> u64 {
        self.expiry.cached_ms(config)
    }

    /// Returns true if relations are written on condition of the cache's current value.
    pub fn compares(&self, config: &ServiceConfig) -> bool {
        config.defences.leases || self.expiry.writes_versions(config)
    }

    /// The simplest correct implementation of every component.
    pub const STANDARD: Self = Self {
        source: |deps| Arc::new(Primary::new(deps)),
        expiry: ExpiryPolicy::TimeToLive,
        workers: |_| Box::new(ExplicitUser),
        identity: |deps| Box::new(Registered::new(deps)),
        reader: |deps| Box::new(DirectReader::new(deps)),
        edge: |_, _, _| Box::new(NoEdge),
        changes: |deps| Arc::new(Once::new(deps)),
        announced: announcement::when_stored,
    };

    /// Mechanism 17, identity reuse.
    pub const TRUSTING_IDENTITY: Self =
        Self { identity: |deps| Box::new(ByName::new(deps)), ..Self::STANDARD };

    /// Mechanism 18, transfer and revocation lag.
    pub const STEPWISE_TRANSFER: Self =
        Self { changes: |deps| Arc::new(Stepwise::new(deps)), ..Self::STANDARD };

    /// Changes that time out are retried in the background with their key.
    pub const KEYED_RETRY: Self =
        Self { changes: |deps| Arc::new(Retrying::new(deps, Keys::Sent)), ..Self::STANDARD };

    /// Mechanism 20, zombie write.
    pub const ZOMBIE_RETRY: Self =
        Self { changes: |deps| Arc::new(Retrying::new(deps, Keys::Forgotten)), ..Self::STANDARD };

    /// Mechanism 20, zombie write, at delivery.
    pub const PUSH_PER_UPLOAD: Self =
        Self { announced: announcement::at_each_upload, ..Self::STANDARD };

    /// Shared reads of relations; see [`JoinBeforeStart`].
    pub(crate) const SINGLE_FLIGHT: Self = Self {
        source: |deps| {
            Arc::new(SingleFlight::<JoinBeforeStart>::over(Arc::new(Primary::new(deps))))
        },
        ..Self::STANDARD
    };

    /// Mechanism 11; see [`JoinUntilDone`].
    pub(crate) const SINGLE_FLIGHT_LATE_JOINER: Self = Self {
        source: |deps| Arc::new(SingleFlight::<JoinUntilDone>::over(Arc::new(Primary::new(deps)))),
        ..Self::STANDARD
    };

    /// Long-lived entries; see [`ExpiryPolicy::Followed`].
    pub(crate) const LONG_LIVED: Self = Self { expiry: ExpiryPolicy::Followed, ..Self::STANDARD };

    /// Mechanism 12; see [`ExpiryPolicy::UntilInvalidated`].
    pub(crate) const LONG_LIVED_STALE_SET: Self =
        Self { expiry: ExpiryPolicy::UntilInvalidated, ..Self::STANDARD };

    /// Mechanism 14; see [`Replica`].
    pub(crate) const REPLICA_READS: Self =
        Self { source: |deps| Arc::new(Replica::new(deps)), ..Self::STANDARD };

    /// Mechanism 19; see [`ServeExpired`].
    pub(crate) const SERVE_EXPIRED: Self = Self {
        source: |deps| Arc::new(ServeExpired::over(Arc::new(Primary::new(deps)))),
        ..Self::STANDARD
    };
}
