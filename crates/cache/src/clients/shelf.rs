//! What a near-cache keeps its values in, and what it is in front of.

use crate::client::{CacheClient, CacheError, ClientConfig, Dialer, Moment};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What was found on a cache node: the value, and how long it has to live there.
pub type Found = (Option<Bytes>, Option<Duration>);

/// Values of one cache node's keys, kept in the process of a near-cache.
pub trait Shelf: Send + Sync + 'static {
    /// How long the feed may be silent before it is pinged, and how long the answer may take; none
    /// if it never is.
    const PING: Option<Duration>;

    /// Whether reads of one key that are under way at a time may share what one of them fetches.
    const JOINS: bool = false;

    /// An empty one.
    fn empty() -> Self;

    /// The value of a key, if it is kept and may be served.
    fn look_up(&self, key: &str, now: Moment) -> impl Future<Output = Option<Bytes>> + Send;

    /// The value of a key: the one that is kept or else what `fetch` finds, which may then be kept.
    fn read(
        &self,
        key: &str,
        now: Moment,
        fetch: impl Future<Output = Result<Found, CacheError>> + Send,
    ) -> impl Future<Output = Result<Option<Bytes>, CacheError>> + Send;

    /// Writes a value, which is `value` and its time to live, with `write`. It need not be kept.
    fn write(
        &self,
        key: &str,
        _now: Moment,
        _value: (&[u8], Duration),
        write: impl Future<Output = Result<(), CacheError>> + Send,
    ) -> impl Future<Output = Result<(), CacheError>> + Send {
        async move {
            self.changed(key).await;
            let written = write.await;
            // Again: somebody may have fetched meanwhile what was there before.
            self.changed(key).await;
            written
        }
    }

    /// A key was changed: forgets it.
    fn changed(&self, key: &str) -> impl Future<Output = ()> + Send;

    /// There is a feed of invalidations.
    fn feed_found(&self);

    /// It is lost.
    fn feed_lost(&self);
}

/// What a near-cache asks for what it does not have, and what it tells the others by.
pub trait Behind: CacheClient + Sized {
    /// Makes it.
    ///
    /// # Errors
    /// It could not be made.
    fn connect(
        dialer: Dialer,
        config: ClientConfig,
    ) -> impl Future<Output = Result<Self, CacheError>> + Send;

    /// The value of a key on its node, and how long it has to live there. That is asked first: a
    /// value that is written in between lives longer.
    fn fetch(
        &self,
        node: usize,
        key: &str,
    ) -> impl Future<Output = Result<Found, CacheError>> + Send;

    /// Sends a command to a node whose reply is a number.
    fn number(
        &self,
        node: usize,
        command: &[&[u8]],
    ) -> impl Future<Output = Result<i64, CacheError>> + Send;
}

/// Keys that somebody is fetching now. One that is changed meanwhile is struck off: what was fetched
/// may be older than the change.
#[derive(Default)]
pub(crate) struct Fills(Mutex<Begun>);

#[derive(Default)]
struct Begun {
    fetching: BTreeMap<u64, String>,
    fetches: u64,
}

impl Fills {
    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody is about to fetch a key.
    pub(crate) fn begin(&self, key: &str) -> Fill<'_> {
        let mut begun = self.begun();
        begun.fetches += 1;
        let number = begun.fetches;
        begun.fetching.insert(number, key.to_owned());
        Fill { fills: self, number }
    }

    /// A key was changed.
    pub(crate) fn strike(&self, key: &str) {
        self.begun().fetching.retain(|_, fetched| fetched != key);
    }

    /// Nobody knows which keys were changed.
    pub(crate) fn strike_all(&self) {
        self.begun().fetching.clear();
    }
}

/// A key on its way. Dropped, it is as if it had never been asked for.
pub(crate) struct Fill<'f> {
    fills: &'f Fills,
    number: u64,
}

impl Fill<'_> {
    /// Whether the key was not changed since.
    pub(crate) fn stands(&self) -> bool {
        self.fills.begun().fetching.contains_key(&self.number)
    }
}

impl Drop for Fill<'_> {
    fn drop(&mut self) {
        self.fills.begun().fetching.remove(&self.number);
    }
}
