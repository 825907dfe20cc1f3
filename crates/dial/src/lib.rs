//! The simulation for libraries that take an address and dial, sleep and spawn by themselves.
//!
//! `cargo crosswire` compiles a crate that depends on this one with a crate in the place of tokio
//! whose network, time and tasks are those of the thread's `World`. Here is
//! Crosswire's: a client asks for the [`addresses`] of the cache nodes and hands them to its
//! library, which needs no change.
//!
//! ```no_run
//! # use crosswire_cache::{CacheError, Dialer};
//! # struct Library;
//! # impl Library { fn open(_: String) -> Self { Self } }
//! # struct OurClient(Vec<Library>);
//! # impl OurClient {
//! async fn connect(dialer: Dialer) -> Result<Self, CacheError> {
//!     let nodes = crosswire_dial::addresses(&dialer).into_iter();
//!     Ok(Self(nodes.map(|node| Library::open(format!("redis://{node}"))).collect()))
//! }
//! # }
//! ```

#[cfg(crosswire_dialing)]
mod buffered;
#[cfg(crosswire_dialing)]
mod resp3;
#[cfg(crosswire_dialing)]
mod world;

/// The tokio of the build, which is the simulation's.
#[cfg(crosswire_dialing)]
pub use tokio;

use crosswire_cache::Dialer;
use std::net::SocketAddr;

/// The port of every cache node.
pub const PORT: u16 = 6379;

/// The port of every cache node for a library that insists on RESP3, which the nodes do not speak.
/// Its `HELLO 3` is answered as it expects; all other replies to a caching client are the same in
/// both versions.
pub const RESP3_PORT: u16 = 6380;

/// Returns an address for each cache node, at which the process that calls this reaches it.
///
/// # Panics
/// If the build has no crate in the place of tokio: it was made without `cargo crosswire`.
pub fn addresses(dialer: &Dialer) -> Vec<SocketAddr> {
    #[cfg(crosswire_dialing)]
    return world::addresses(dialer);
    #[cfg(not(crosswire_dialing))]
    panic!(
        "the {} cache nodes have no addresses: this was built without the simulated tokio; run \
         `cargo crosswire test` or `cargo crosswire run`",
        dialer.nodes()
    );
}
