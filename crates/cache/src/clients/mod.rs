//! The caching clients by name: right ones, and good-faith ones with one real mistake each.
//!
//! The typed ones are one client, [`RespClient`], with two choices: how a pool treats a
//! connection that comes back ([`Hygiene`]), and how the answers of several nodes are put
//! together ([`Gather`]). Two stand in front of it: [`NearCache`], with a choice of what becomes of
//! the map when its feed is lost ([`Upkeep`]), and [`ShortKeys`], with a choice of what is stored
//! beside a value ([`Label`]). [`LogicalDbs`] has connections of its own kind, and a choice of what
//! is known of one that was replaced ([`Reconnect`]). A faulty client differs from its right twin
//! in that choice alone. It looks at bytes, keys and leases; never at seed, load or clock in order
//! to misbehave.

use crate::adapters;
use crate::client::{Connect, connector};

mod connection;
mod feed;
mod gather;
mod hygiene;
mod logical_dbs;
mod near_cache;
mod near_map;
mod pool;
mod resp_client;
mod short_keys;

pub use gather::{ByIndex, Gather, StrictByIndex, Zip};
pub use hygiene::{Hygiene, PeekAtCheckout, Strict, Trusting};
pub use logical_dbs::{Afresh, AsBefore, LogicalDbs, Reconnect};
pub use near_cache::NearCache;
pub use near_map::{Entries, Entry, FlushOnLoss, KeepOnLoss, Upkeep};
pub use resp_client::RespClient;
pub use short_keys::{FullKey, Label, NoLabel, ShortKeys};

/// A client that can be chosen by name.
pub struct ClientSpec {
    /// The name.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// The name of its right twin, if it is a faulty one.
    pub twin: Option<&'static str>,
    /// Connects one.
    pub connect: fn() -> Connect,
}

/// All clients.
pub fn all() -> &'static [ClientSpec] {
    const CLIENTS: &[ClientSpec] = &[
        ClientSpec {
            name: "pooled",
            summary: "right: closes a connection that comes back with a reply not fully read",
            twin: None,
            connect: || connector(RespClient::<Strict, StrictByIndex>::connect),
        },
        ClientSpec {
            name: "pooled-cancel-desync",
            summary: "mechanism 1: a cancelled call gives its connection back with the reply still to come",
            twin: Some("pooled"),
            connect: || connector(RespClient::<Trusting, StrictByIndex>::connect),
        },
        ClientSpec {
            name: "pooled-checkout-race",
            summary: "mechanism 2: looks for a late reply at checkout, and misses one that is later still",
            twin: Some("pooled"),
            connect: || connector(RespClient::<PeekAtCheckout, StrictByIndex>::connect),
        },
        ClientSpec {
            name: "sharded-mget",
            summary: "right: asks all nodes at once; a node that fails is a miss for its own keys",
            twin: None,
            connect: || connector(RespClient::<Strict, ByIndex>::connect),
        },
        ClientSpec {
            name: "sharded-mget-zip",
            summary: "mechanism 7: leaves out the node that fails and zips the rest with the keys",
            twin: Some("sharded-mget"),
            connect: || connector(RespClient::<Strict, Zip>::connect),
        },
        ClientSpec {
            name: "short-keys",
            summary: "right: keys cut to four digits, with the full key beside the value",
            twin: None,
            connect: || connector(ShortKeys::<FullKey>::connect),
        },
        ClientSpec {
            name: "short-keys-collision",
            summary: "mechanism 10: keys cut to four digits, and two that are cut alike are one",
            twin: Some("short-keys"),
            connect: || connector(ShortKeys::<NoLabel>::connect),
        },
        ClientSpec {
            name: "near-cache",
            summary: "right: a near-cache that is emptied when its feed of invalidations is lost",
            twin: None,
            connect: || connector(NearCache::<FlushOnLoss>::connect),
        },
        ClientSpec {
            name: "near-cache-lost-invalidation",
            summary: "mechanism 13: a near-cache that goes on with what it has when its feed is lost",
            twin: Some("near-cache"),
            connect: || connector(NearCache::<KeepOnLoss>::connect),
        },
        ClientSpec {
            name: "logical-dbs",
            summary: "right: a database for each family of keys, selected anew on each new connection",
            twin: None,
            connect: || connector(LogicalDbs::<Afresh>::connect),
        },
        ClientSpec {
            name: "logical-dbs-no-reselect",
            summary: "mechanism 15: a connection that is replaced is taken to be in the database of the old one",
            twin: Some("logical-dbs"),
            connect: || connector(LogicalDbs::<AsBefore>::connect),
        },
        ClientSpec {
            name: "redis-rs",
            summary: "the redis crate's MultiplexedConnection, unmodified, over the simulated wire",
            twin: None,
            connect: || connector(adapters::redis_rs::RedisRs::connect),
        },
    ];
    CLIENTS
}
