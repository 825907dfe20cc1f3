//! What a gateway is given, and what it must do. Ours is [`crate::Gateway`]; another can take
//! its place under the storm.

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

/// A gateway, to the world around it.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// One request on one connection. The future is dropped where it stands when the device
    /// gives up, its connection breaks, or the deadline passes.
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal>;

    /// A connection is gone: nothing more will come on it.
    fn disconnected(&self, session: SessionId);

    /// The operators switch the emergency cache configuration on or off. A service without one
    /// goes on as before.
    fn emergency_cache(&self, _on: bool) {}

    /// Work in the background: waits until there is something to do, and says what.
    async fn next_job(&self) -> Job;
}

/// A job of the gateway's own, such as telling phones of new events.
pub type Job = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tells a phone of an event, with its thumbnail. It is a wish, not a promise.
pub type Push = Arc<dyn Fn(UserId, EventId, Bytes) + Send + Sync>;

/// Starts work that goes on when the request in whose code it is started is over. It dies with the
/// gateway's process. It is the harness that remembers which request that was.
pub type Spawn = Arc<dyn Fn(Job) + Send + Sync>;

/// What stands around a gateway.
#[derive(Clone)]
pub struct Surroundings {
    /// The caching client under test.
    pub cache: Arc<dyn CacheClient>,
    /// The database.
    pub directory: DirectoryClient,
    /// The media store.
    pub media: MediaClient,
    /// The way to the phones.
    pub push: Push,
    /// For work in the background.
    pub spawn: Spawn,
    /// Responses that are kept in an emergency.
    pub responses: Arc<ResponseCache>,
    /// For the time.
    pub net: Net,
}

/// How a gateway is configured.
#[derive(Clone, Copy)]
pub struct ServiceConfig {
    /// How long a relation stays in the cache.
    pub cache_ttl_ms: u64,
    /// How long a link to a thumbnail is good for.
    pub link_ms: u64,
    /// Events whose recipients are looked up in one multi-get.
    pub fanout_batch: usize,
    /// For how many cameras a page of the Events tab says how many may watch them.
    pub viewer_counts: usize,
    /// For how many lines of a page who may watch their cameras is read, line by line.
    pub line_look_ups: usize,
    /// How relations look in the cache.
    pub form: Form,
    /// A relation that was read is written only where nothing is, if the client has such writes.
    pub adds: bool,
    /// How it is put together.
    pub design: Design,
    /// Which defences are on.
    pub defences: Defences,
    /// What the gateways sign tokens with.
    pub signing_key: u64,
}
