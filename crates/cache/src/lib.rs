//! The cache: its server, the trait that a caching client implements, and correct and faulty
//! clients.
//!
//! Start with [`CacheClient`]: implement it for the client that you want to put under a storm. The
//! client gets a [`Dialer`], opens its connections with it, and speaks RESP2 over them to the
//! [`server`]; a real client library can do the same. `examples/own-client` in the repository is a
//! client written from these pages.
//!
//! | module | content |
//! |---|---|
//! | [`client`] | the trait for a caching client, and the dialer and configuration it gets |
//! | [`clients`] | the built-in clients by name: correct ones, and faulty ones with one bug each |
//! | [`adapters`] | real libraries, used as their documentation recommends |
//! | [`resp`] | the protocol |
//! | [`store`] | a server's keys and commands |
//! | [`server`] | a cache node on the simulated network |
//! | `cuts` | where a fault point cuts a reply |
//! | [`tap`] | both edges of a connection: whose bytes went where (harness) |
//! | [`seal`] | provenance in the value's own bytes (harness) |
//! | [`room`] | short writes: how much of a write a connection takes (harness) |
//! | `line` | per connection: whose bytes are under way, answered and read (harness) |
//! | `received` | a command as the server received it (harness) |
//! | `write_terms` | the deadline and time to live of the latest writes (harness) |
//! | `life` | the time to live that a command gives a value (harness) |
//! | `compared` | sealed forms of the values that the service compares with (harness) |
//! | `receipts` | which replies brought which value to which gateway, and when (harness) |
//! | `counters` | the replies to commands on counters (harness) |
//! | `absences` | the keys that the service has noted as absent (harness) |
//! | [`cancel`] | cancellation at a chosen await (harness) |
//! | [`probe`] | the edge around a client: each call with its arguments and result (harness) |
//!
//! Clients see the simulation only through the [`Dialer`]. They never see the seed, the plan, the
//! history or the verdict.

pub mod adapters;
pub mod cancel;
pub mod client;
pub mod clients;
pub mod offers;
pub mod probe;
pub mod resp;
pub mod room;
pub mod seal;
pub mod server;
pub mod store;
pub mod tap;

mod absences;
mod compared;
mod counters;
mod cuts;
mod life;
mod line;
mod receipts;
mod received;
mod write_terms;

pub use async_trait::async_trait;
pub use client::{
    CacheClient, CacheError, ClientConfig, Connect, Connections, Dialer, Moment, When,
};
#[cfg(not(test))]
pub use clients::{ClientSpec, LeftOut, all, left_out, libraries};
pub use clients::{DIALING_CRATE, DialingSpec, dialing};
pub use offers::{Batch, Changes, Lookup, Offers, Write};
pub use tap::CacheStream;
