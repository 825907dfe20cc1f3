//! The interface between a gateway and the world around it. [`crate::Gateway`] is our
//! implementation; another gateway can take its place in a storm.

use crate::api::{Refusal, Request, Response, SessionId};
use crate::directory::DirectoryClient;
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
