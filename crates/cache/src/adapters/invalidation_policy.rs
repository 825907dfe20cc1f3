//! Assumptions of a near-cache about the values that it keeps: a correct choice, and two faulty
//! ones.

use crate::clients::{Fill, Fills};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Entries kept for one cache node.
pub(super) const CAPACITY: u32 = 4_096;

/// A hasher without a key: the position of an entry must not differ between processes.
pub(super) type FixedHash = BuildHasherDefault<DefaultHasher>;

/// The assumptions of a near-cache with a feed of invalidations.
pub trait InvalidationPolicy: Send + Sync + 'static {
    /// The silence after which the feed is pinged, and the time allowed for the answer; `None` to
    /// never ping.
    const PING: Option<Duration>;

    /// True if a value is not kept when its key was changed during the fetch.
    const CHECKS_FILLS: bool;

    /// True if everything is forgotten when the feed is lost, and nothing is kept until there is
    /// another.
    const FLUSHES: bool;

    /// Returns how long to keep a value that has `left` to live on the server; `None` to not keep
    /// it.
    fn life(left: Option<Duration>) -> Option<Duration>;
}

/// The longest life of an entry in the first example of moka's documentation. `quick_cache` has no
/// limit.
pub(super) const LIVES: Duration = Duration::from_mins(30);

const PING: Duration = Duration::from_millis(500);

/// Correct. A value ends no later than its original on the server. A value is not kept if its key
/// was changed during the fetch. When the feed is lost, or silent after a ping, nothing is kept
/// until there is another.
pub struct ExpireWithOriginal;

impl InvalidationPolicy for ExpireWithOriginal {
    const PING: Option<Duration> = Some(PING);
    const CHECKS_FILLS: bool = true;
    const FLUSHES: bool = true;

    fn life(left: Option<Duration>) -> Option<Duration> {
        left.filter(|left| !left.is_zero())
    }
}

/// Mechanism 12, stale set, in a near-cache. The feed announces every change, so a value may stay
/// for as long as the library's own example allows; but a value that was being fetched when its key
/// was invalidated is stored after the invalidation, and nothing ever removes it. Trigger: a slow
/// cache and a change in the middle of a look-up. Guava's issue 1881 is a public report of it.
pub struct TrustInvalidations;

impl InvalidationPolicy for TrustInvalidations {
    const PING: Option<Duration> = Some(PING);
    const CHECKS_FILLS: bool = false;
    const FLUSHES: bool = true;

    fn life(_left: Option<Duration>) -> Option<Duration> {
        Some(LIVES)
    }
}

/// Mechanism 13, lost invalidation. A lost feed is subscribed to again, and kept values stay for as
/// long as the library's own example allows: a value changed in the gap is still served. Trigger: a
/// reset or half-open connection, a partition or a cache that dies, with a change meanwhile. Redis'
/// page on client-side caching warns about this.
pub struct TrustFeed;

impl InvalidationPolicy for TrustFeed {
    const PING: Option<Duration> = None;
    const CHECKS_FILLS: bool = true;
    const FLUSHES: bool = false;

    fn life(_left: Option<Duration>) -> Option<Duration> {
        Some(LIVES)
    }
}

/// The state of a store's keys: fetches under way, whether there is a feed, and how often
/// everything had to be forgotten.
pub(super) struct Watch<P> {
    fills: Fills,
    has_feed: AtomicBool,
    generation: AtomicU64,
    policy: PhantomData<P>,
}

impl<P> Default for Watch<P> {
    fn default() -> Self {
        let (fills, has_feed) = (Fills::default(), AtomicBool::default());
        Self { fills, has_feed, generation: AtomicU64::default(), policy: PhantomData }
    }
}

impl<P: InvalidationPolicy> Watch<P> {
    /// Returns whether kept values may be served, and fetched values kept.
    pub(super) fn serves(&self) -> bool {
        !P::FLUSHES || self.has_feed.load(Ordering::Relaxed)
    }

    /// Returns the present generation, which changes each time everything is forgotten.
    #[cfg(feature = "moka")]
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Registers a fetch of a key.
    pub(super) fn begin(&self, key: &str) -> PendingFill<'_, P> {
        PendingFill { fill: self.fills.begin(key), policy: PhantomData }
    }

    /// Notes a change of a key.
    pub(super) fn changed(&self, key: &str) {
        self.fills.strike(key);
    }

    /// Notes that there is a feed.
    pub(super) fn feed_found(&self) {
        self.has_feed.store(true, Ordering::Relaxed);
    }

    /// Notes that the feed is lost. Returns whether everything must be forgotten.
    pub(super) fn feed_lost(&self) -> bool {
        self.has_feed.store(false, Ordering::Relaxed);
        if P::FLUSHES {
            self.generation.fetch_add(1, Ordering::Relaxed);
            self.fills.strike_all();
        }
        P::FLUSHES
    }
}

/// A value that is being fetched.
pub(super) struct PendingFill<'w, P> {
    fill: Fill<'w>,
    policy: PhantomData<P>,
}

impl<P: InvalidationPolicy> PendingFill<'_, P> {
    /// Returns whether the fetched value may be kept.
    pub(super) fn may_be_kept(&self) -> bool {
        !P::CHECKS_FILLS || self.fill.is_current()
    }
}
