//! All that a service of your own is made of. Start with [`Service`], and pass its constructor to
//! [`Storm::service`](crate::Storm::service); `examples/own-service` in the repository is a
//! complete crate.
//!
//! ```no_run
//! use crosswire::Storm;
//! use crosswire::async_trait;
//! use crosswire::service::{Deps, Refusal, Request, Response, Service, SessionId};
//!
//! struct OurGateway {
//!     deps: Deps,
//! }
//!
//! #[async_trait]
//! impl Service for OurGateway {
//!     async fn handle(&self, _: SessionId, request: Request) -> Result<Response, Refusal> {
//!         match request {
//!             Request::Connect | Request::KeepAlive => Ok(Response::Done),
//!             // And so on: see the table in the docs of `Service`.
//!             _ => Err(Refusal::Denied),
//!         }
//!     }
//! }
//!
//! let storm = Storm::named("swarm").service("ours", |deps| OurGateway { deps });
//! storm.seeds(64).run().assert_clean();
//! ```

pub use crosswire_cloud::api::{Credential, Item, Refusal, Request, Response, SessionId, Token};
pub use crosswire_cloud::clock::{Clock, Elapsed};
pub use crosswire_cloud::deps::{Deps, Job, Phones, Settings, Tasks};
pub use crosswire_cloud::directory::{
    AccessChange, AtCommit, Changed, DirectoryClient, Role, Row, Stored,
};
pub use crosswire_cloud::media::{MediaClient, MediaKind};
pub use crosswire_cloud::service::{MakeService, OwnService, Service};
pub use crosswire_history::{DeviceId, Epoch, EventId, Intent, Principal, Serial, UserId};
