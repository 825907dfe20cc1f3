//! What a gateway uses: the cache, the directory, the media store, its users' phones, background
//! tasks and the clock.

use crate::clock::Clock;
use crate::directory::DirectoryClient;
use crate::media::MediaClient;
use bytes::Bytes;
use crosswire_cache::CacheClient;
use crosswire_history::{EventId, UserId};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The dependencies of a gateway, made anew at each start of its process. Clones share them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Deps {
    /// The caching client that the storm's client connected.
    pub cache: Arc<dyn CacheClient>,
    /// The database.
    pub directory: DirectoryClient,
    /// The media store.
    pub media: MediaClient,
    /// The phones of the users.
    pub phones: Phones,
    /// Background tasks.
    pub tasks: Tasks,
    /// The clock.
    pub clock: Clock,
    /// The operator's settings.
    pub settings: Settings,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Deps {
    /// Puts the dependencies together.
    pub fn new(
        cache: Arc<dyn CacheClient>,
        (directory, media): (DirectoryClient, MediaClient),
        (phones, tasks): (Phones, Tasks),
        clock: Clock,
        settings: Settings,
    ) -> Self {
        Self { cache, directory, media, phones, tasks, clock, settings }
    }
}

/// The operator's settings for a gateway. All gateways have the same.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The longest time for which a cached permission may be used.
    pub cache_ttl: Duration,
    /// The lifetime of a signed link.
    pub link_life: Duration,
    /// The time after which the future of a request is dropped.
    pub request_deadline: Duration,
    /// The key with which gateways sign links: see [`Token`](crate::Token).
    pub signing_key: u64,
}

impl Settings {
    /// Returns the settings of a scenario, in milliseconds, and the key.
    pub fn new(
        (cache_ttl_ms, link_ms, request_deadline_ms): (u64, u64, u64),
        signing_key: u64,
    ) -> Self {
        Self {
            cache_ttl: Duration::from_millis(cache_ttl_ms),
            link_life: Duration::from_millis(link_ms),
            request_deadline: Duration::from_millis(request_deadline_ms),
            signing_key,
        }
    }
}

/// Background work of a gateway, such as notifying phones of new events.
pub type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The phones of the users, as a push service reaches them.
#[derive(Clone)]
pub struct Phones(Arc<dyn Fn(UserId, EventId, Bytes) + Send + Sync>);

impl fmt::Debug for Phones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phones").finish_non_exhaustive()
    }
}

impl Phones {
    /// Creates phones that `push` delivers to.
    pub fn new(push: impl Fn(UserId, EventId, Bytes) + Send + Sync + 'static) -> Self {
        Self(Arc::new(push))
    }

    /// Pushes an event with its thumbnail to a user's phone. Delivery is best effort.
    pub fn push(&self, user: UserId, event: EventId, thumbnail: Bytes) {
        (self.0)(user, event, thumbnail);
    }
}

/// The background tasks of a gateway.
#[derive(Clone)]
pub struct Tasks(Arc<dyn Fn(Job) + Send + Sync>);

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").finish_non_exhaustive()
    }
}

impl Tasks {
    /// Creates tasks that `spawn` starts.
    pub fn new(spawn: impl Fn(Job) + Send + Sync + 'static) -> Self {
        Self(Arc::new(spawn))
    }

    /// Spawns work that outlives the request that spawned it and dies with the gateway's process.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        (self.0)(Box::pin(work));
    }
}
