//! Real client libraries, used as their documentation recommends. They run unmodified; only the
//! stream and the time-outs come from the simulation.
//!
//! Each is behind a feature of this crate, so unused libraries need not be built. `real-clients`,
//! on by default, enables all of them. `docs/clients.md` lists the libraries that cannot run here,
//! with the reasons.
//!
//! | feature | content |
//! |---|---|
//! | `redis-rs` | the `redis` crate's `MultiplexedConnection` |
//! | `deadpool` | that connection through a pool |
//! | `redis-0-29` | `aio::Connection` in its last version, through a pool; known bad |
//! | `moka` | its caches for futures and threads as near-caches, also in front of `redis-rs` |
//! | `quick-cache` | `quick_cache` as a near-cache |
//!
//! `moka` and `quick-cache` come with correct and faulty near-caches.

#[cfg(feature = "redis-rs")]
mod calls;
#[cfg(any(feature = "moka", feature = "quick-cache"))]
pub mod invalidation_policy;
#[cfg(feature = "moka")]
mod moka_entry;
#[cfg(feature = "moka")]
pub mod moka_future;
#[cfg(feature = "moka")]
pub mod moka_sync;
#[cfg(feature = "deadpool")]
mod pooled;
#[cfg(feature = "quick-cache")]
pub mod quick_cache;
#[cfg(feature = "redis-0-29")]
pub mod redis_0_29;
#[cfg(feature = "deadpool")]
pub mod redis_deadpool;
#[cfg(feature = "redis-rs")]
pub mod redis_rs;
#[cfg(feature = "moka")]
mod two_level;

#[cfg(all(test, feature = "moka", feature = "quick-cache"))]
mod tests;
