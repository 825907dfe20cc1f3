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
//! | [`NearCache`] | those of what is behind it, and a feed | [`Shelf`]: what keeps the values, a [`NearMap`] with its [`Upkeep`] or a library's |
//! | [`ShortKeys`] | those of a [`RespClient`] | [`Label`]: what is stored beside a value |

mod batch;
mod channel;
mod connection;
mod driver;
mod feed;
mod gather;
mod hygiene;
mod lending;
// The unit tests name no client, and with the list they would have all of them compiled once more.
#[cfg(not(test))]
mod list;
mod logical_dbs;
mod multiplexed;
mod near_cache;
mod near_map;
mod nodes;
mod pool;
mod reconnect;
mod resp_client;
mod shelf;
mod short_keys;
mod slots;
mod slotted;

pub use batch::{Batch, Mget, Pipeline, ReadAll, Replies, StopAtError};
pub use gather::{ByIndex, Gather, StrictByIndex, Zip};
pub use hygiene::{Hygiene, PeekAtCheckout, Strict, Trusting};
pub use lending::{BySlot, FreedTwice, Lending, Numbered};
#[cfg(not(test))]
pub use list::{ClientSpec, LeftOut, all, left_out, libraries};
pub use logical_dbs::{Afresh, AsBefore, LogicalDbs, Reselect};
pub use multiplexed::MultiplexedClient;
pub use near_cache::NearCache;
pub use near_map::{Entries, Entry, FlushOnLoss, KeepOnLoss, NearMap, Upkeep};
pub use reconnect::{FailAll, Reconnect, ReplayReads};
pub use resp_client::RespClient;
pub use shelf::{Behind, Found, Shelf};
#[cfg(any(feature = "moka", feature = "quick-cache"))]
pub(crate) use shelf::{Fill, Fills};
pub use short_keys::{FullKey, Label, NoLabel, ShortKeys};
pub use slotted::SlottedClient;
