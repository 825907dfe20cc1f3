//! What a near-cache takes for true of the values that it keeps: one right choice, and two wrong ones.

use crate::clients::{Fill, Fills};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Entries kept for one cache node.
pub(super) const ROOM: u32 = 4_096;

/// Where an entry lies must not differ from process to process, so the hash has no key.
pub(super) type FixedHash = BuildHasherDefault<DefaultHasher>;

/// What a near-cache with a feed of invalidations relies on.
pub trait Trust: Send + Sync + 'static {
    /// How long the feed may be silent before it is pinged, and how long the answer may take; none
    /// if it never is.
    const PING: Option<Duration>;

    /// Whether a value that was on its way when its key was changed is left out.
    const CHECKS_FILLS: bool;

    /// Whether all is forgotten when the feed is lost, and nothing kept until there is another.
    const FLUSHES: bool;

    /// How long a value may be kept that has so long to live on the server; none if it has ended.
    fn life(left: Option<Duration>) -> Option<Duration>;
}

/// How long an entry may live in the example that moka's pages begin with. `quick_cache` has no limit
/// at all.
pub(super) const LIVES: Duration = Duration::from_mins(30);

const PING: Duration = Duration::from_millis(500);

/// Right. A value ends when its original on the server does, at the latest; one that was on its way
/// when its key was changed is not kept; and when the feed is lost, or silent after a ping, nothing
/// is, until there is another.
pub struct TheOriginal;

impl Trust for TheOriginal {
    const PING: Option<Duration> = Some(PING);
    const CHECKS_FILLS: bool = true;
    const FLUSHES: bool = true;

    fn life(left: Option<Duration>) -> Option<Duration> {
        left.filter(|left| !left.is_zero())
    }
}

/// Mechanism 12, stale set, in a near-cache. Every change is told by the feed, so a value may stay
/// for as long as the library's own example lets it; but one that was being fetched when its key was
/// invalidated lands behind the invalidation, and nobody ever takes it out again. A slow cache and a
/// change in the middle of a look-up wake it. Guava's issue 1881 is a public report of it.
pub struct EveryInvalidation;

impl Trust for EveryInvalidation {
    const PING: Option<Duration> = Some(PING);
    const CHECKS_FILLS: bool = false;
    const FLUSHES: bool = true;

    fn life(_left: Option<Duration>) -> Option<Duration> {
        Some(LIVES)
    }
}

/// Mechanism 13, lost invalidation. A feed that is lost is subscribed to again, and what is kept
/// stays for as long as the library's own example lets it: what was changed in the gap is served on.
/// A reset or half-open connection, a partition or a cache that dies wakes it, if something is
/// changed meanwhile. Redis' page on client-side caching warns of it.
pub struct TheFeed;

impl Trust for TheFeed {
    const PING: Option<Duration> = None;
    const CHECKS_FILLS: bool = true;
    const FLUSHES: bool = false;

    fn life(_left: Option<Duration>) -> Option<Duration> {
        Some(LIVES)
    }
}

/// What is known of the keys whose values are kept: which are on their way, whether there is a feed
/// that tells of their changes, and how often all was to be forgotten.
pub(super) struct Watch<T> {
    fills: Fills,
    has_feed: AtomicBool,
    generation: AtomicU64,
    trust: PhantomData<T>,
}

impl<T> Default for Watch<T> {
    fn default() -> Self {
        let (fills, has_feed) = (Fills::default(), AtomicBool::default());
        Self { fills, has_feed, generation: AtomicU64::default(), trust: PhantomData }
    }
}

impl<T: Trust> Watch<T> {
    /// Whether what is kept may be served, and what is fetched be kept.
    pub(super) fn serves(&self) -> bool {
        !T::FLUSHES || self.has_feed.load(Ordering::Relaxed)
    }

    /// The generation of what is kept now. It is another one when all was to be forgotten.
    #[cfg(feature = "moka")]
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Somebody is about to fetch a key.
    pub(super) fn begin(&self, key: &str) -> OnItsWay<'_, T> {
        OnItsWay { fill: self.fills.begin(key), trust: PhantomData }
    }

    /// A key was changed.
    pub(super) fn changed(&self, key: &str) {
        self.fills.strike(key);
    }

    /// There is a feed.
    pub(super) fn feed_found(&self) {
        self.has_feed.store(true, Ordering::Relaxed);
    }

    /// It is lost. Whether all is to be forgotten.
    pub(super) fn feed_lost(&self) -> bool {
        self.has_feed.store(false, Ordering::Relaxed);
        if T::FLUSHES {
            self.generation.fetch_add(1, Ordering::Relaxed);
            self.fills.strike_all();
        }
        T::FLUSHES
    }
}

/// A value that is being fetched.
pub(super) struct OnItsWay<'w, T> {
    fill: Fill<'w>,
    trust: PhantomData<T>,
}

impl<T: Trust> OnItsWay<'_, T> {
    /// Whether it may be kept when it is here.
    pub(super) fn stands(&self) -> bool {
        !T::CHECKS_FILLS || self.fill.stands()
    }
}
