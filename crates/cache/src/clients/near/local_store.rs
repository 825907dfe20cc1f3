//! The local store of a near-cache, and the backend behind it.

use crate::client::{CacheClient, CacheError, ClientConfig, Dialer, Moment};
use bytes::Bytes;
use crosswire_history::sync::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

/// The result of a look-up on a cache node: the value, and its remaining time to live there.
pub type Found = (Option<Bytes>, Option<Duration>);

/// A store, in the near-cache's process, of values of one cache node's keys.
pub trait LocalStore: Send + Sync + 'static {
    /// The silence after which the feed is pinged, and the time allowed for the answer; `None` to
    /// never ping.
    const PING: Option<Duration>;

    /// True if simultaneous reads of one key may share the result of one fetch.
    const JOINS: bool = false;

    /// Creates an empty store.
    fn empty() -> Self;

    /// Returns the value of a key, if it is kept and may be served.
    fn look_up(&self, key: &str, now: Moment) -> impl Future<Output = Option<Bytes>> + Send;

    /// Returns the kept value of a key, or otherwise the result of `fetch`, which may then be kept.
    fn read(
        &self,
        key: &str,
        now: Moment,
        fetch: impl Future<Output = Result<Found, CacheError>> + Send,
    ) -> impl Future<Output = Result<Option<Bytes>, CacheError>> + Send;

    /// Writes a value and its time to live with `write`. The store need not keep the value.
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
            // Again: another call may have fetched the old value meanwhile.
            self.changed(key).await;
            written
        }
    }

    /// Forgets a key that was changed.
    fn changed(&self, key: &str) -> impl Future<Output = ()> + Send;

    /// Notes that there is a feed of invalidations.
    fn feed_found(&self);

    /// Notes that the feed is lost.
    fn feed_lost(&self);
}

/// The client behind a near-cache: fetches missing values and publishes changes.
pub trait Backend: CacheClient + Sized {
    /// Creates the backend.
    ///
    /// # Errors
    /// It could not be created.
    fn connect(
        dialer: Dialer,
        config: ClientConfig,
    ) -> impl Future<Output = Result<Self, CacheError>> + Send;

    /// Returns the value of a key on its node, and its remaining time to live there. The time to
    /// live is asked for first, so a value written in between lives longer than reported.
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

/// Fetches under way. A fetch is struck off if its key is changed meanwhile: its result may be
/// older than the change.
#[derive(Default)]
pub(crate) struct Fills(Mutex<Begun>);

#[derive(Default)]
struct Begun {
    fetching: BTreeMap<u64, String>,
    fetches: u64,
}

impl Fills {
    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock()
    }

    /// Registers a fetch of a key.
    pub(crate) fn begin(&self, key: &str) -> Fill<'_> {
        let mut begun = self.begun();
        begun.fetches += 1;
        let number = begun.fetches;
        begun.fetching.insert(number, key.to_owned());
        Fill { fills: self, number }
    }

    /// Strikes off the fetches of a changed key.
    pub(crate) fn strike(&self, key: &str) {
        self.begun().fetching.retain(|_, fetched| fetched != key);
    }

    /// Strikes off all fetches, since it is unknown which keys were changed.
    pub(crate) fn strike_all(&self) {
        self.begun().fetching.clear();
    }
}

/// A fetch under way. Dropping it unregisters the fetch.
pub(crate) struct Fill<'f> {
    fills: &'f Fills,
    number: u64,
}

impl Fill<'_> {
    /// Returns whether the key was not changed since the fetch began.
    pub(crate) fn is_current(&self) -> bool {
        self.fills.begun().fetching.contains_key(&self.number)
    }
}

impl Drop for Fill<'_> {
    fn drop(&mut self) {
        self.fills.begun().fetching.remove(&self.number);
    }
}
