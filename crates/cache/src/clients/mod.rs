//! The built-in caching clients by name: correct ones, and plausible ones with one real bug each.
//!
//! They are a few generic clients with choices; a faulty client differs from its correct twin in
//! one choice only. A choice depends on bytes, keys and leases, never on seed, load or clock in
//! order to misbehave.
//!
//! * [`RespClient`]: a pool per node. [`Hygiene`] has the rules for a returned connection,
//!   [`Batch`] asks one node for several keys, and [`MgetMerge`] merges the answers of several nodes.
//! * [`SlottedClient`]: a pool of slots, cleaned when a call is dropped. [`SlotRelease`] decides when a
//!   slot is free again.
//! * [`MultiplexedClient`]: one connection per node, shared. [`Reconnect`] decides the fate of
//!   commands under way on a lost connection.
//! * [`LogicalDbs`]: one connection at a time for each family of keys. [`Reselect`] is the database
//!   assumed for a new connection.
//! * [`NearCache`]: a backend and a feed. [`LocalStore`] keeps the values: a [`NearMap`] with its
//!   [`FeedPolicy`], or a library's cache.
//! * [`ShortKeys`]: a [`RespClient`] with shortened keys. [`KeyCheck`] is the check stored next to a
//!   value.

mod batch;
mod channel;
mod connection;
mod driver;
mod feed;
mod hygiene;
mod mget_merge;
mod slot_release;
// Unit tests name no client, and with the list they would compile all of them once more.
#[cfg(not(test))]
mod list;
mod local_store;
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
pub use hygiene::{Hygiene, PeekAtCheckout, Strict, Trusting};
#[cfg(not(test))]
pub use list::{ClientSpec, LeftOut, all, left_out, libraries};
pub use local_store::{Backend, Found, LocalStore};
#[cfg(any(feature = "moka", feature = "quick-cache"))]
pub(crate) use local_store::{Fill, Fills};
pub use logical_dbs::{AssumeSame, LogicalDbs, Reselect, SelectAgain};
pub use mget_merge::{ByIndex, MgetMerge, StrictByIndex, Zip};
pub use multiplexed::MultiplexedClient;
pub use near_cache::NearCache;
pub use near_map::{Entries, Entry, FeedPolicy, FlushOnLoss, KeepOnLoss, NearMap};
pub use reconnect::{FailAll, Reconnect, ReplayReads};
pub use resp_client::RespClient;
pub use short_keys::{FullKey, KeyCheck, NoKeyCheck, ShortKeys};
pub use slot_release::{CleanupBySlot, FreedTwice, Numbered, SlotRelease};
pub use slotted::SlottedClient;
