//! The near-cache: a local store in front of a backend, and a feed of invalidations.

mod feed;
mod local_side;
mod local_store;
mod near_cache;
mod near_map;

pub use local_store::{Backend, Found, LocalStore};
#[cfg(any(feature = "moka", feature = "quick-cache"))]
pub(crate) use local_store::{Fill, Fills};
pub use near_cache::NearCache;
pub use near_map::{Entries, Entry, FeedPolicy, FlushOnLoss, KeepOnLoss, NearMap};
