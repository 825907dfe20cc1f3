//! The built-in clients by name.

use super::{
    AssumeSame, ByIndex, CleanupBySlot, FailAll, FlushOnLoss, FreedTwice, FullKey, KeepOnLoss,
    LogicalDbs, MultiplexedClient, NearCache, NearMap, NoKeyCheck, Numbered, PeekAtCheckout,
    Pipeline, ReadAll, ReplayReads, RespClient, SelectAgain, ShortKeys, SlottedClient, StopAtError,
    Strict, StrictByIndex, Trusting, Zip,
};
#[cfg(any(feature = "redis-rs", feature = "quick-cache"))]
use crate::adapters;
#[cfg(any(feature = "moka", feature = "quick-cache"))]
use crate::adapters::invalidation_policy as policy;
use crate::client::{Connect, connector};

/// A client that can be chosen by name.
pub struct ClientSpec {
    /// The name.
    pub name: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// The name of the correct twin, if the client is faulty.
    pub twin: Option<&'static str>,
    /// Returns the function that connects the client.
    pub connect: fn() -> Connect,
}

/// Returns all clients in this build.
pub fn all() -> &'static [ClientSpec] {
    CLIENTS
}

/// A client of a real library that was compiled out of this build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The name.
    pub name: &'static str,
    /// The cargo feature that enables the client.
    pub feature: &'static str,
}

/// Returns the clients that were compiled out of this build.
pub fn left_out() -> impl Iterator<Item = LeftOut> {
    let real = REAL.iter().map(|&(name, feature, _)| LeftOut { name, feature });
    real.filter(|real| all().iter().all(|spec| spec.name != real.name))
}

/// Returns the libraries behind a client, each as `package` or as `package@version`, where a prefix
/// of the version is enough; empty if the client uses no library.
pub fn libraries(client: &str) -> &'static [&'static str] {
    if let Some(dialing) = super::dialing().iter().find(|spec| spec.name == client) {
        return dialing.libraries;
    }
    let real = REAL.iter().find(|(name, _, _)| *name == client);
    real.map_or(&[], |(_, _, libraries)| libraries)
}

/// The clients of real libraries, each with its feature and its libraries.
const REAL: &[(&str, &str, &[&str])] = &[
    ("redis-rs", "redis-rs", &["redis@1"]),
    ("redis-rs-pipeline", "redis-rs", &["redis@1"]),
    ("redis-rs-deadpool", "deadpool", &["redis@1", "deadpool"]),
    ("redis-rs-0-29", "redis-0-29", &["redis@0.29", "deadpool"]),
    ("moka-future", "moka", &["moka"]),
    ("moka-future-late-fill", "moka", &["moka"]),
    ("moka-sync", "moka", &["moka"]),
    ("moka-sync-keeps-on-loss", "moka", &["moka"]),
    ("quick-cache", "quick-cache", &["quick_cache"]),
    ("quick-cache-late-insert", "quick-cache", &["quick_cache"]),
    ("two-level", "moka", &["moka", "redis@1"]),
];

/// A `const` would be compiled, with all clients in it, in every crate that uses it.
static CLIENTS: &[ClientSpec] = &[
    ClientSpec {
        name: "pooled",
        summary: "correct: closes a connection that is returned with an unread reply",
        twin: None,
        connect: || connector(RespClient::<Strict, StrictByIndex>::connect),
    },
    ClientSpec {
        name: "pooled-cancel-desync",
        summary: "mechanism 1: a cancelled call returns its connection with the reply still to come",
        twin: Some("pooled"),
        connect: || connector(RespClient::<Trusting, StrictByIndex>::connect),
    },
    ClientSpec {
        name: "pooled-checkout-race",
        summary: "mechanism 2: checks for a late reply at checkout, and misses one that arrives later",
        twin: Some("pooled"),
        connect: || connector(RespClient::<PeekAtCheckout, StrictByIndex>::connect),
    },
    ClientSpec {
        name: "sharded-mget",
        summary: "correct: asks all nodes at once; a failed node is a miss for its own keys only",
        twin: None,
        connect: || connector(RespClient::<Strict, ByIndex>::connect),
    },
    ClientSpec {
        name: "sharded-mget-zip",
        summary: "mechanism 7: leaves out a node that fails and zips the rest with the keys",
        twin: Some("sharded-mget"),
        connect: || connector(RespClient::<Strict, Zip>::connect),
    },
    ClientSpec {
        name: "pipelined",
        summary: "correct: asks a node for several keys in a pipeline and reads every reply",
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
        summary: "correct: one shared connection per node; callers that wait when it is lost get an error",
        twin: None,
        connect: || connector(MultiplexedClient::<FailAll>::connect),
    },
    ClientSpec {
        name: "multiplexed-replay-skew",
        summary: "mechanism 4: keeps the queue of callers when it reconnects, and resends only reads",
        twin: Some("multiplexed"),
        connect: || connector(MultiplexedClient::<ReplayReads>::connect),
    },
    ClientSpec {
        name: "slotted",
        summary: "correct: connections in slots; a late reply is drained, a slot is freed once",
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
        summary: "mechanism 6: a finished clean-up frees its slot even if it was lent again",
        twin: Some("slotted"),
        connect: || connector(SlottedClient::<CleanupBySlot>::connect),
    },
    ClientSpec {
        name: "short-keys",
        summary: "correct: keys cut to four digits, with the full key beside the value",
        twin: None,
        connect: || connector(ShortKeys::<FullKey>::connect),
    },
    ClientSpec {
        name: "short-keys-collision",
        summary: "mechanism 10: keys cut to four digits, so two keys can become one",
        twin: Some("short-keys"),
        connect: || connector(ShortKeys::<NoKeyCheck>::connect),
    },
    ClientSpec {
        name: "near-cache",
        summary: "correct: a near-cache that is emptied when its feed of invalidations is lost",
        twin: None,
        connect: || connector(NearCache::<NearMap<FlushOnLoss>>::connect),
    },
    ClientSpec {
        name: "near-cache-lost-invalidation",
        summary: "mechanism 13: a near-cache that keeps its values when its feed is lost",
        twin: Some("near-cache"),
        connect: || connector(NearCache::<NearMap<KeepOnLoss>>::connect),
    },
    ClientSpec {
        name: "logical-dbs",
        summary: "correct: a database for each family of keys, selected anew on each new connection",
        twin: None,
        connect: || connector(LogicalDbs::<SelectAgain>::connect),
    },
    ClientSpec {
        name: "logical-dbs-no-reselect",
        summary: "mechanism 15: assumes that a new connection is in the database of the one it replaces",
        twin: Some("logical-dbs"),
        connect: || connector(LogicalDbs::<AssumeSame>::connect),
    },
    #[cfg(feature = "redis-rs")]
    ClientSpec {
        name: "redis-rs",
        summary: "the redis crate's MultiplexedConnection, unmodified, over the simulated wire",
        twin: None,
        connect: || connector(adapters::redis_rs::RedisRs::connect),
    },
    #[cfg(feature = "redis-rs")]
    ClientSpec {
        name: "redis-rs-pipeline",
        summary: "redis-rs, but several keys are read in the redis crate's Pipeline of GETs",
        twin: None,
        connect: || connector(adapters::redis_rs::RedisRs::connect_for_pipelines),
    },
    #[cfg(feature = "deadpool")]
    ClientSpec {
        name: "redis-rs-deadpool",
        summary: "redis-rs through the deadpool crate; each connection is pinged when it leaves the pool",
        twin: None,
        connect: || connector(adapters::redis_deadpool::RedisDeadpool::connect),
    },
    #[cfg(feature = "redis-0-29")]
    ClientSpec {
        name: "redis-rs-0-29",
        summary: "known bad: the redis crate's aio::Connection of 0.29.5; a dropped future leaves its reply",
        twin: Some("redis-rs-deadpool"),
        connect: || connector(adapters::redis_0_29::Redis029::connect),
    },
    #[cfg(feature = "moka")]
    ClientSpec {
        name: "moka-future",
        summary: "correct: moka's cache for futures before RESP; entries end with their originals",
        twin: None,
        connect: || {
            connector(
                NearCache::<adapters::moka_future::MokaFuture<policy::ExpireWithOriginal>>::connect,
            )
        },
    },
    #[cfg(feature = "moka")]
    ClientSpec {
        name: "moka-future-late-fill",
        summary: "mechanism 12: moka's try_get_with, whose fill lands after an invalidation that it missed",
        twin: Some("moka-future"),
        connect: || {
            connector(
                NearCache::<adapters::moka_future::MokaFuture<policy::TrustInvalidations>>::connect,
            )
        },
    },
    #[cfg(feature = "moka")]
    ClientSpec {
        name: "moka-sync",
        summary: "correct: moka's cache for threads before RESP; entries end with their originals",
        twin: None,
        connect: || {
            connector(
                NearCache::<adapters::moka_sync::MokaSync<policy::ExpireWithOriginal>>::connect,
            )
        },
    },
    #[cfg(feature = "moka")]
    ClientSpec {
        name: "moka-sync-keeps-on-loss",
        summary: "mechanism 13: moka's cache, which keeps its values when the feed is lost",
        twin: Some("moka-sync"),
        connect: || {
            connector(NearCache::<adapters::moka_sync::MokaSync<policy::TrustFeed>>::connect)
        },
    },
    #[cfg(feature = "quick-cache")]
    ClientSpec {
        name: "quick-cache",
        summary: "correct: quick_cache before RESP, filled under its guards",
        twin: None,
        connect: || {
            connector(
                NearCache::<adapters::quick_cache::QuickCache<policy::ExpireWithOriginal>>::connect,
            )
        },
    },
    #[cfg(feature = "quick-cache")]
    ClientSpec {
        name: "quick-cache-late-insert",
        summary: "mechanism 12: quick_cache's get and insert, with an invalidation in between",
        twin: Some("quick-cache"),
        connect: || {
            connector(
                NearCache::<adapters::quick_cache::QuickCache<policy::TrustInvalidations>>::connect,
            )
        },
    },
    #[cfg(feature = "moka")]
    ClientSpec {
        name: "two-level",
        summary: "correct: moka's cache for threads before the redis crate's MultiplexedConnection",
        twin: None,
        connect: || {
            connector(
                NearCache::<
                    adapters::moka_sync::MokaSync<policy::ExpireWithOriginal>,
                    adapters::redis_rs::RedisRs,
                >::connect,
            )
        },
    },
];
