//! The caching clients by name: right ones, and good-faith ones with one real mistake each.
//!
//! The typed ones are a few clients with choices, and a faulty one differs from its right twin in
//! one choice alone. It looks at bytes, keys and leases; never at seed, load or clock in order to
//! misbehave.
//!
//! | client | its connections | choices |
//! |---|---|---|
//! | [`RespClient`] | a pool to each node | [`Hygiene`]: how the pool treats one that comes back; [`Batch`]: how a node is asked for several keys; [`Gather`]: how the answers of several nodes are put together |
//! | [`SlottedClient`] | a pool of slots, cleaned when a call is dropped | [`Lending`]: when a slot is free again |
//! | [`MultiplexedClient`] | one to each node, shared | [`Reconnect`]: what becomes of commands under way when it is lost |
//! | [`LogicalDbs`] | one at a time for each family of keys | [`Reselect`]: what is known of one that was replaced |
//! | [`NearCache`] | those of a [`RespClient`], and a feed | [`Upkeep`]: what becomes of the map when its feed is lost |
//! | [`ShortKeys`] | those of a [`RespClient`] | [`Label`]: what is stored beside a value |

use crate::adapters;
use crate::client::{Connect, connector};

mod batch;
mod channel;
mod connection;
mod driver;
mod feed;
mod gather;
mod hygiene;
mod lending;
mod logical_dbs;
mod multiplexed;
mod near_cache;
mod near_map;
mod nodes;
mod pool;
mod reconnect;
mod resp_client;
mod short_keys;
mod slots;
mod slotted;

pub use batch::{Batch, Mget, Pipeline, ReadAll, Replies, StopAtError};
pub use gather::{ByIndex, Gather, StrictByIndex, Zip};
pub use hygiene::{Hygiene, PeekAtCheckout, Strict, Trusting};
pub use lending::{BySlot, FreedTwice, Lending, Numbered};
pub use logical_dbs::{Afresh, AsBefore, LogicalDbs, Reselect};
pub use multiplexed::MultiplexedClient;
pub use near_cache::NearCache;
pub use near_map::{Entries, Entry, FlushOnLoss, KeepOnLoss, Upkeep};
pub use reconnect::{FailAll, Reconnect, ReplayReads};
pub use resp_client::RespClient;
pub use short_keys::{FullKey, Label, NoLabel, ShortKeys};
pub use slotted::SlottedClient;

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
    CLIENTS
}

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
        name: "pipelined",
        summary: "right: asks a node for several keys in a pipeline and reads every reply",
        twin: None,
        connect: || connector(RespClient::<Strict, ByIndex, Pipeline<ReadAll>>::connect),
    },
    ClientSpec {
        name: "pipelined-stop-at-error",
        summary: "mechanism 3: stops reading a pipeline at its first error reply",
        twin: Some("pipelined"),
        connect: || connector(RespClient::<Strict, ByIndex, Pipeline<StopAtError>>::connect),
    },
    ClientSpec {
        name: "multiplexed",
        summary: "right: one shared connection a node; who waits when it is lost gets an error",
        twin: None,
        connect: || connector(MultiplexedClient::<FailAll>::connect),
    },
    ClientSpec {
        name: "multiplexed-replay-skew",
        summary: "mechanism 4: keeps all who wait when it reconnects, and sends only reads again",
        twin: Some("multiplexed"),
        connect: || connector(MultiplexedClient::<ReplayReads>::connect),
    },
    ClientSpec {
        name: "slotted",
        summary: "right: connections in slots; a late reply is drained, a slot is freed once",
        twin: None,
        connect: || connector(SlottedClient::<Numbered>::connect),
    },
    ClientSpec {
        name: "slotted-double-free",
        summary: "mechanism 5: frees a slot on a failure and again at the end of the call",
        twin: Some("slotted"),
        connect: || connector(SlottedClient::<FreedTwice>::connect),
    },
    ClientSpec {
        name: "slotted-stale-cleanup",
        summary: "mechanism 6: a clean-up that is done frees its slot, whoever has it by then",
        twin: Some("slotted"),
        connect: || connector(SlottedClient::<BySlot>::connect),
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
