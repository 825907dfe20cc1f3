//! The interface between a gateway and the world around it. [`crate::Gateway`] is our
//! implementation; another gateway can take its place in a storm.

use crate::api::{Refusal, Request, Response, SessionId};
use crate::directory::DirectoryClient;
use crate::gateway::{Defences, Design, Form};
use crate::media::MediaClient;
use crate::response_cache::ResponseCache;
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_cache::CacheClient;
use crosswire_history::{EventId, UserId};
use crosswire_net::Net;
use std::sync::Arc;

/// A gateway, as the world around it sees it.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Handles one request on one connection. The future is dropped at its current await when the
    /// device gives up, its connection breaks or the deadline passes.
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal>;

    /// Reports that a connection is gone: no more requests will arrive on it.
    fn disconnected(&self, session: SessionId);

    /// Switches the emergency cache configuration on or off. A service without such a configuration
    /// ignores this.
    fn emergency_cache(&self, _on: bool) {}

    /// Waits until there is background work, and returns it.
    async fn next_job(&self) -> Job;
}

/// A background job of the gateway, such as notifying phones of new events.
pub type Job = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Pushes an event with its thumbnail to a user's phone. Delivery is best effort.
pub type Push = Arc<dyn Fn(UserId, EventId, Bytes) + Send + Sync>;

/// Spawns work that outlives the request that started it and dies with the gateway's process. The
/// harness remembers which request that was.
pub type Spawn = Arc<dyn Fn(Job) + Send + Sync>;

/// The dependencies of a gateway.
#[derive(Clone)]
pub struct Deps {
    /// The caching client under test.
    pub cache: Arc<dyn CacheClient>,
    /// The database.
    pub directory: DirectoryClient,
    /// The media store.
    pub media: MediaClient,
    /// Delivers pushes to phones.
    pub push: Push,
    /// Spawns background work.
    pub spawn: Spawn,
    /// Responses cached in an emergency.
    pub responses: Arc<ResponseCache>,
    /// The clock.
    pub net: Net,
}

/// A gateway's configuration.
#[derive(Clone, Copy)]
pub struct ServiceConfig {
    /// Time to live of a relation in the cache.
    pub cache_ttl_ms: u64,
    /// Lifetime of a signed thumbnail link.
    pub link_ms: u64,
    /// Maximum number of events whose recipients are looked up in one multi-get.
    pub fanout_batch: usize,
    /// Number of cameras per page of the Events tab for which the page shows a viewer count.
    pub viewer_counts: usize,
    /// Number of lines per page whose cameras' viewers are read one by one.
    pub line_look_ups: usize,
    /// The cached representation of relations.
    pub form: Form,
    /// If true, a relation that was read is written only if its key is absent, provided the client
    /// supports conditional writes.
    pub adds: bool,
    /// The components the gateway is assembled from.
    pub design: Design,
    /// The defences that are switched on.
    pub defences: Defences,
    /// The key with which gateways sign tokens.
    pub signing_key: u64,
}
