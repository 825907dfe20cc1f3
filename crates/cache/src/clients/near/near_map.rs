//! The map of a near-cache: values of one cache node's keys, and when each expires.

use super::local_store::{Fill, Fills, Found, LocalStore};
use crate::client::{CacheError, Moment};
use bytes::Bytes;
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

/// Entries kept for one cache node. A full map takes no more until some have ended.
const CAPACITY: usize = 4_096;

/// The silence after which an idle feed is pinged, and the time allowed for its answer.
const PING: Duration = Duration::from_millis(500);

/// A near-cache's rules for staying in step with the cache behind it.
pub trait FeedPolicy: Send + Sync + 'static {
    /// The silence after which the feed is pinged, and the time allowed for the answer; `None` to
    /// never ping.
    const PING: Option<Duration>;

    /// Returns whether entries may be served, given whether there is a feed.
    fn serves(has_feed: bool) -> bool;

    /// Handles a read of an entry.
    fn hit(entry: &mut Entry, now: Moment);

    /// Handles the loss of the feed.
    fn feed_lost(entries: &mut Entries);
}

/// Correct. Changes made while there was no feed are unknown, so the map is emptied when the feed
/// is lost and serves nothing until there is another. A silent feed is pinged, since a half-open
/// connection gives no sign. An entry ends no later than its original on the server, which also
/// bounds the harm of an invalidation that never left its gateway.
///
/// The bound: a change is seen once its message arrives; with a dead feed after twice 500 ms, the
/// ping and its time-out; and if it was never published, at the server's time to live.
pub struct FlushOnLoss;

impl FeedPolicy for FlushOnLoss {
    const PING: Option<Duration> = Some(PING);

    fn serves(has_feed: bool) -> bool {
        has_feed
    }

    fn hit(_entry: &mut Entry, _now: Moment) {}

    fn feed_lost(entries: &mut Entries) {
        entries.clear();
    }
}

/// Mechanism 13, lost invalidation. A lost feed is subscribed to again while the map keeps its
/// entries, and each hit renews an entry because the feed is assumed to announce every change: a
/// value changed in the gap is served for as long as it is read. Trigger: a reset or half-open
/// connection, a partition or a cache that dies, with a change meanwhile. It is one belief with two
/// halves, and needs both: if entries ended with their originals, the effect of a lost message
/// would be gone within the time to live, which the service declares as its bound. Redis' page on
/// client-side caching warns about this: flush when the connection of the invalidations is lost,
/// and ping it.
pub struct KeepOnLoss;

impl FeedPolicy for KeepOnLoss {
    const PING: Option<Duration> = None;

    fn serves(_has_feed: bool) -> bool {
        true
    }

    fn hit(entry: &mut Entry, now: Moment) {
        entry.since = now;
    }

    fn feed_lost(_entries: &mut Entries) {}
}

/// A value, the time from which its life counts, and its length.
pub struct Entry {
    value: Bytes,
    since: Moment,
    life: Duration,
}

/// Entries by key.
pub type Entries = BTreeMap<String, Entry>;

/// The map, shared by the callers and the feed.
pub struct NearMap<P> {
    state: Mutex<State>,
    fills: Fills,
    policy: PhantomData<P>,
}

#[derive(Default)]
struct State {
    entries: Entries,
    has_feed: bool,
}

impl<P: FeedPolicy> NearMap<P> {
    /// Returns the value of a key, if the map has it and may serve it.
    fn kept(&self, key: &str, now: Moment) -> Option<Bytes> {
        let mut state = self.state.lock();
        if !P::serves(state.has_feed) {
            return None;
        }
        let entry = state.entries.get_mut(key)?;
        if entry.since.is_past(entry.life) {
            state.entries.remove(key);
            return None;
        }
        P::hit(entry, now);
        Some(entry.value.clone())
    }

    /// Begins to fetch or write a key. `None` while nothing may be served: the value under way is
    /// then not kept either, since a change of it could go unnoticed.
    fn fetch(&self, key: &str) -> Option<Fill<'_>> {
        if P::serves(self.state.lock().has_feed) { Some(self.fills.begin(key)) } else { None }
    }

    /// Keeps a value for `life` from `since`, unless the key was changed meanwhile.
    fn keep(
        &self,
        key: &str,
        fill: Option<Fill<'_>>,
        value: &[u8],
        (since, life): (Moment, Duration),
    ) {
        let mut state = self.state.lock();
        if !fill.is_some_and(|fill| fill.is_current()) {
            return;
        }
        if state.entries.len() >= CAPACITY {
            state.entries.retain(|_, entry| !entry.since.is_past(entry.life));
        }
        if state.entries.len() < CAPACITY {
            // A copy: a slice of the read buffer would keep the whole buffer alive.
            let value = Bytes::copy_from_slice(value);
            state.entries.insert(key.to_owned(), Entry { value, since, life });
        }
    }

    fn forget(&self, key: &str) {
        self.fills.strike(key);
        self.state.lock().entries.remove(key);
    }
}

impl<P: FeedPolicy> LocalStore for NearMap<P> {
    const PING: Option<Duration> = P::PING;

    fn empty() -> Self {
        Self { state: Mutex::default(), fills: Fills::default(), policy: PhantomData }
    }

    async fn look_up(&self, key: &str, now: Moment) -> Option<Bytes> {
        self.kept(key, now)
    }

    async fn read(
        &self,
        key: &str,
        now: Moment,
        fetch: impl Future<Output = Result<Found, CacheError>> + Send,
    ) -> Result<Option<Bytes>, CacheError> {
        if let Some(value) = self.kept(key, now.clone()) {
            return Ok(Some(value));
        }
        let fill = self.fetch(key);
        let (value, left) = fetch.await?;
        if let (Some(value), Some(left)) = (&value, left) {
            self.keep(key, fill, value, (now, left));
        }
        Ok(value)
    }

    async fn write(
        &self,
        key: &str,
        now: Moment,
        (value, ttl): (&[u8], Duration),
        write: impl Future<Output = Result<(), CacheError>> + Send,
    ) -> Result<(), CacheError> {
        self.forget(key);
        let fill = self.fetch(key);
        write.await?;
        self.keep(key, fill, value, (now, ttl));
        Ok(())
    }

    async fn changed(&self, key: &str) {
        self.forget(key);
    }

    fn feed_found(&self) {
        self.state.lock().has_feed = true;
    }

    fn feed_lost(&self) {
        self.fills.strike_all();
        let mut state = self.state.lock();
        state.has_feed = false;
        P::feed_lost(&mut state.entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_net::Net;
    use madsim::runtime::Runtime;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::sync::Arc;

    const LIFE: Duration = Duration::from_millis(100);

    /// A map with a feed, at the start of a run.
    struct Fixture<P> {
        net: Net,
        map: Arc<NearMap<P>>,
    }

    impl<P: FeedPolicy> Fixture<P> {
        fn run(story: impl AsyncFnOnce(Self)) {
            Runtime::new().block_on(async {
                let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1)));
                let map = Arc::new(NearMap::empty());
                map.feed_found();
                story(Self { net, map }).await;
            });
        }

        fn keep(&self, key: &str) {
            self.keep_fetched(key, self.map.fetch(key));
        }

        fn keep_fetched(&self, key: &str, fill: Option<Fill<'_>>) {
            self.map.keep(key, fill, b"value", (Moment::now(&self.net), LIFE));
        }

        fn has(&self, key: &str) -> bool {
            self.map.kept(key, Moment::now(&self.net)).is_some()
        }

        async fn wait(&self, ms: u64) {
            madsim::time::sleep(Duration::from_millis(ms)).await;
        }
    }

    fn a_changed_key_is_forgotten<P: FeedPolicy>() {
        Fixture::<P>::run(async |fixture| {
            fixture.keep("a");
            fixture.keep("b");
            fixture.map.forget("a");
            assert!(!fixture.has("a") && fixture.has("b"));
            let fetch = fixture.map.fetch("c");
            fixture.map.forget("c");
            fixture.keep_fetched("c", fetch);
            assert!(!fixture.has("c"));
        });
    }

    #[test]
    fn a_changed_key_is_forgotten_even_while_it_is_fetched() {
        a_changed_key_is_forgotten::<FlushOnLoss>();
        a_changed_key_is_forgotten::<KeepOnLoss>();
    }

    #[test]
    fn without_a_feed_the_correct_map_serves_nothing_and_keeps_nothing() {
        Fixture::<FlushOnLoss>::run(async |fixture| {
            fixture.keep("a");
            let under_way = fixture.map.fetch("b");
            fixture.map.feed_lost();
            assert!(!fixture.has("a"));
            fixture.keep_fetched("b", under_way);
            let begun_without = fixture.map.fetch("c");
            fixture.map.feed_found();
            fixture.keep_fetched("c", begun_without);
            assert!(!fixture.has("a") && !fixture.has("b") && !fixture.has("c"));
            fixture.keep("d");
            assert!(fixture.has("d"));
        });
    }

    #[test]
    fn the_faulty_map_keeps_its_values_without_a_feed() {
        Fixture::<KeepOnLoss>::run(async |fixture| {
            fixture.keep("a");
            fixture.map.feed_lost();
            assert!(fixture.has("a"));
            fixture.map.feed_found();
            assert!(fixture.has("a"));
        });
    }

    #[test]
    fn a_hit_renews_an_entry_of_the_faulty_map_only() {
        async fn hit_twice<P: FeedPolicy>(fixture: Fixture<P>) -> bool {
            fixture.keep("a");
            fixture.wait(70).await;
            assert!(fixture.has("a"));
            fixture.wait(70).await;
            fixture.has("a")
        }
        Fixture::<FlushOnLoss>::run(async |fixture| assert!(!hit_twice(fixture).await));
        Fixture::<KeepOnLoss>::run(async |fixture| assert!(hit_twice(fixture).await));
    }
}
