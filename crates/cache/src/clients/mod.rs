//! The built-in caching clients by name: correct ones, and plausible ones with one real bug each.
//!
//! They are a few generic clients with choices; a faulty client differs from its correct twin in
//! one choice only. A choice depends on bytes, keys and leases, never on seed, load or clock in
//! order to misbehave.
//!
//! * [`RespClient`]: a pool per node. [`Hygiene`] has the rules for a returned connection,
//!   [`Batch`] asks one node for several keys, and [`MgetMerge`] merges the answers of several
//!   nodes.
//! * [`SlottedClient`]: a pool of slots, cleaned when a call is dropped. [`SlotRelease`] decides
//!   when a slot is free again.
//! * [`MultiplexedClient`]: one connection per node, shared. [`Reconnect`] decides the fate of
//!   commands under way on a lost connection.
//! * [`LogicalDbs`]: one connection at a time for each family of keys. [`Reselect`] is the database
//!   assumed for a new connection.
//! * [`NearCache`]: a backend and a feed. [`LocalStore`] keeps the values: a [`NearMap`] with its
//!   [`FeedPolicy`], or a library's cache.
//! * [`ShortKeys`]: a [`RespClient`] with shortened keys. [`KeyCheck`] is the check stored next to
//!   a value.

mod dialing;
// Unit tests name no client, and with the list they would compile all of them once more.
#[cfg(not(test))]
mod list;
mod mget_merge;
mod multiplexed;
mod near;
mod nodes;
mod pooled;
mod slotted;

pub use dialing::{DIALING_CRATE, DialingSpec, dialing};
#[cfg(not(test))]
pub use list::{ClientSpec, LeftOut, all, left_out, libraries};
pub use mget_merge::{ByIndex, MgetMerge, StrictByIndex, Zip};
pub use multiplexed::{FailAll, MultiplexedClient, Reconnect, ReplayReads};
pub use near::{
    Backend, Entries, Entry, FeedPolicy, FlushOnLoss, Found, KeepOnLoss, LocalStore, NearCache,
    NearMap,
};
#[cfg(any(feature = "moka", feature = "quick-cache"))]
pub(crate) use near::{Fill, Fills};
pub use pooled::{
    AssumeSame, Batch, FullKey, Hygiene, KeyCheck, LogicalDbs, Mget, NoKeyCheck, PeekAtCheckout,
    Pipeline, ReadAll, Replies, Reselect, RespClient, SelectAgain, ShortKeys, StopAtError, Strict,
    Trusting,
};
pub use slotted::{CleanupBySlot, FreedTwice, Numbered, SlotRelease, SlottedClient};
