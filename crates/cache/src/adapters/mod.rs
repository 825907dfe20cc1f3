//! Real client libraries, each as its own documentation tells users to use it. They run
//! unmodified; only the stream and the time-outs are the simulation's.
//!
//! Each is behind a feature of this crate, so that nobody need build a library that is not asked for.
//! `real-clients`, which is on unless it is switched off, is all of them. `docs/clients.md` says which
//! libraries cannot run here, and why.
//!
//! | feature | what it has |
//! |---|---|
//! | `redis-rs` | the `redis` crate's `MultiplexedConnection` |
//! | `deadpool` | the same through a pool |
//! | `redis-0-29` | `aio::Connection` as it was in its last version, through a pool; known bad |
//! | `moka` | its caches for futures and for threads, as near-caches, each right and wrong; a near-cache in front of `redis-rs` |
//! | `quick-cache` | the same with `quick_cache` |

#[cfg(feature = "redis-rs")]
mod calls;
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
#[cfg(any(feature = "moka", feature = "quick-cache"))]
pub mod trust;
#[cfg(feature = "moka")]
mod two_level;

#[cfg(all(test, feature = "moka", feature = "quick-cache"))]
mod tests;
