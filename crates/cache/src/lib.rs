//! The cache: its server, the trait that a caching client implements, and clients right and wrong.
//!
//! Start with [`CacheClient`]: implement it for the client you want to put under a storm. It
//! gets a [`Dialer`], opens its connections with it, and speaks RESP2 over them to the
//! [`server`], which a real client library can do as well. `examples/own-client` in the
//! repository is a client written from these pages.
//!
//! | module | story |
//! |---|---|
//! | [`client`] | what a caching client is, and what it is given |
//! | [`clients`] | the ones by name: right ones, and good-faith ones with one mistake each |
//! | [`adapters`] | real libraries, as their documentation tells users to use them |
//! | [`resp`] | the protocol |
//! | [`store`] | the keys and the commands of a server |
//! | [`server`] | a cache node on the simulated network |
//! | `cuts` | where a fault point cuts a reply |
//! | [`tap`] | both edges of a connection: whose bytes went where (harness) |
//! | [`seal`] | provenance in the value's own bytes (harness) |
//! | [`room`] | whether a connection takes a write as a whole |
//! | `heard` | a command as a server has heard it (harness) |
//! | `deadlines` | when the latest writing calls must have ended (harness) |
//! | `receipts` | which replies brought which value to which gateway, and when (harness) |
//! | [`probe`] | the edge around a client: what it was asked and what it returned (harness) |
//!
//! Clients see the simulation only through the [`Dialer`]. They never see the seed, the plan,
//! the journal or the verdict.

pub mod adapters;
pub mod cancel;
pub mod client;
pub mod clients;
pub mod probe;
pub mod resp;
pub mod room;
pub mod seal;
pub mod server;
pub mod store;
pub mod tap;

mod asked;
mod compared;
mod cuts;
mod heard;
mod line;
mod lives;
mod receipts;

pub use async_trait::async_trait;
pub use client::{
    CacheClient, CacheError, ClientConfig, Connect, Connections, Dialer, Moment, When,
};
#[cfg(not(test))]
pub use clients::{ClientSpec, LeftOut, all, left_out, libraries};
