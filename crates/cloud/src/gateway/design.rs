//! How a gateway is put together: for each part of it that is known to be done wrong, who does it.
//!
//! A faulty service differs from its right twin in one part; all else is the same code. The parts
//! are made anew when a gateway starts, so what they hold dies with its process.

use super::edge::{Edge, NoEdge};
use super::editor::{Editor, Once};
use super::expired::ServeExpired;
use super::fanout;
use super::flight::{BeforeTakeOff, SingleFlight, UntilLanded};
use super::identity::{ByName, Identity, Registered};
use super::keeping::Keeping;
use super::reader::{Reader, Straight};
use super::retrying::{Keys, Retrying};
use super::source::{Primary, Replica, Source};
use super::stepwise::Stepwise;
use super::worker::{Passed, Workers};
use crate::directory::Stored;
use crate::service::{ServiceConfig, Surroundings};
use std::sync::Arc;

/// Who does what in a gateway.
#[derive(Clone, Copy)]
pub struct Design {
    /// Where a relation comes from that the cache does not have.
    pub(crate) source: fn(&Surroundings) -> Arc<dyn Source>,
    /// How relations are kept in the cache.
    pub(crate) keeping: Keeping,
    /// What the service promises of it: for how many milliseconds at most after a change of who
    /// may see what was acknowledged a relation from before it may still be acted upon. Work
    /// that is under way, and links that were given out, come on top. It is what the service is
    /// held to, and a faulty one promises what its right twin does.
    pub stale_ms: fn(&ServiceConfig) -> u64,
    /// For how many milliseconds the cache may say what is no longer true: more than is acted upon,
    /// if the service looks at the age of what the cache says.
    pub cached_ms: fn(&ServiceConfig) -> u64,
    /// How a request knows for whom it is.
    pub(crate) workers: fn(&Surroundings) -> Box<dyn Workers>,
    /// Who is let in.
    pub(crate) identity: fn(&Surroundings) -> Box<dyn Identity>,
    /// How pictures and videos come from the media store.
    pub(crate) reader: fn(&Surroundings) -> Box<dyn Reader>,
    /// What is kept at the edge while the emergency configuration is on.
    pub(crate) edge: fn(&Surroundings, &ServiceConfig) -> Box<dyn Edge>,
    /// How changes of who may see what are brought to the directory.
    pub(crate) editor: fn(&Surroundings) -> Arc<dyn Editor>,
    /// Which uploads are announced to the phones.
    pub(crate) announced: fn(Stored) -> bool,
}

impl Design {
    /// Everything done right, and as plainly as it can be.
    pub const STANDARD: Self = Self {
        source: |around| Arc::new(Primary::new(around)),
        keeping: Keeping::TimeToLive,
        stale_ms: |config| config.design.keeping.stale_ms(config),
        cached_ms: |config| config.design.keeping.cached_ms(config),
        workers: |_| Box::new(Passed),
        identity: |around| Box::new(Registered::new(around)),
        reader: |around| Box::new(Straight::new(around)),
        edge: |_, _| Box::new(NoEdge),
        editor: |around| Arc::new(Once::new(around)),
        announced: fanout::when_stored,
    };

    /// Mechanism 17.
    pub const TRUSTING_IDENTITY: Self =
        Self { identity: |around| Box::new(ByName::new(around)), ..Self::STANDARD };

    /// Mechanism 18.
    pub const STEPWISE_TRANSFER: Self =
        Self { editor: |around| Arc::new(Stepwise::new(around)), ..Self::STANDARD };

    /// Changes that time out are tried again in the background, with their key.
    pub const KEYED_RETRY: Self =
        Self { editor: |around| Arc::new(Retrying::new(around, Keys::Sent)), ..Self::STANDARD };

    /// Mechanism 20.
    pub const ZOMBIE_RETRY: Self = Self {
        editor: |around| Arc::new(Retrying::new(around, Keys::Forgotten)),
        ..Self::STANDARD
    };

    /// Mechanism 20, at the delivery.
    pub const PUSH_PER_UPLOAD: Self = Self { announced: fanout::at_each_upload, ..Self::STANDARD };

    /// Reads of relations are shared, see [`BeforeTakeOff`].
    pub(crate) const SINGLE_FLIGHT: Self = Self {
        source: |around| {
            Arc::new(SingleFlight::<BeforeTakeOff>::over(Arc::new(Primary::new(around))))
        },
        ..Self::STANDARD
    };

    /// See [`UntilLanded`].
    pub(crate) const SINGLE_FLIGHT_LATE_JOINER: Self = Self {
        source: |around| {
            Arc::new(SingleFlight::<UntilLanded>::over(Arc::new(Primary::new(around))))
        },
        ..Self::STANDARD
    };

    /// Relations are kept for long, see [`Keeping::Followed`].
    pub(crate) const LONG_LIVED: Self = Self { keeping: Keeping::Followed, ..Self::STANDARD };

    /// See [`Keeping::UntilInvalidated`].
    pub(crate) const LONG_LIVED_STALE_SET: Self =
        Self { keeping: Keeping::UntilInvalidated, ..Self::STANDARD };

    /// See [`Replica`].
    pub(crate) const REPLICA_READS: Self =
        Self { source: |around| Arc::new(Replica::new(around)), ..Self::STANDARD };

    /// See [`ServeExpired`].
    pub(crate) const SERVE_EXPIRED: Self = Self {
        source: |around| Arc::new(ServeExpired::over(Arc::new(Primary::new(around)))),
        ..Self::STANDARD
    };
}
