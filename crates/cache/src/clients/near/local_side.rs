//! The local side of one cache node: a store, and the state of the feed that keeps it up to date.

use super::local_store::LocalStore;
use crosswire_history::sync::Mutex;

/// The local side of one cache node.
pub(super) struct LocalSide<S> {
    pub(super) store: S,
    /// The number of the feed's connection on the server, while there is one.
    feed: Mutex<Option<i64>>,
}

impl<S: LocalStore> LocalSide<S> {
    /// Creates an empty store without a feed.
    pub(super) fn new() -> Self {
        Self { store: S::empty(), feed: Mutex::default() }
    }

    /// Returns the number of the feed's connection on the server, while there is one.
    pub(super) fn feed(&self) -> Option<i64> {
        *self.feed.lock()
    }

    /// Notes that there is a feed, on the connection of that number.
    pub(super) fn feed_found(&self, number: i64) {
        *self.feed.lock() = Some(number);
        self.store.feed_found();
    }

    /// Notes that the feed is lost.
    pub(super) fn feed_lost(&self) {
        *self.feed.lock() = None;
        self.store.feed_lost();
    }
}
