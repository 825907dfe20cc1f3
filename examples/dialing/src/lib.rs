//! Caching clients over libraries that dial by themselves.
//!
//! - [`calls`]: the calls of a caching client, over a library that sends commands
//! - a page for each library

pub mod bb8_redis;
pub mod calls;
pub mod connection_manager;
pub mod deadpool_redis;
pub mod fred;
mod redis_rs;
pub mod rustis;

use calls::Client;
use crosswire::cache::{DialingSpec, dialing};
use crosswire_cli::Program;

/// A caching client over `redis::aio::ConnectionManager`.
pub type ConnectionManager = Client<connection_manager::Managers>;

/// A caching client over `bb8-redis`.
pub type Bb8Redis = Client<bb8_redis::Bb8>;

/// A caching client over `deadpool-redis`.
pub type DeadpoolRedis = Client<deadpool_redis::Deadpool>;

/// A caching client over `fred`.
pub type Fred = Client<fred::Fred>;

/// A caching client over `fred`, whose calls are never dropped, and which reconnects after a
/// time-out.
pub type FredGuarded = Client<fred::Guarded>;

/// A caching client over `rustis`.
pub type Rustis = Client<rustis::Rustis>;

/// Adds all clients to the program, with the names and summaries of `crosswire list clients`.
pub fn clients(program: Program) -> Program {
    dialing().iter().fold(program, |program, DialingSpec { name, summary, .. }| match *name {
        "connection-manager" => program.client(name, summary, ConnectionManager::connect),
        "bb8-redis" => program.client(name, summary, Bb8Redis::connect),
        "deadpool-redis" => program.client(name, summary, DeadpoolRedis::connect),
        "fred" => program.client(name, summary, Fred::connect),
        "fred-guarded" => program.client(name, summary, FredGuarded::connect),
        "rustis" => program.client(name, summary, Rustis::connect),
        other => panic!("`{other}` is in the list of these clients and not here"),
    })
}
