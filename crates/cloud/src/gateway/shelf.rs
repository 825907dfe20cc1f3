//! How relations are kept in the cache: for how long, what makes an entry untrue, and who may
//! put one there.
//!
//! Whoever looks for a relation and does not find it gets a [`Ticket`], which says on what
//! condition what they read instead may be left for others. Without one of the defences there
//! is no condition, and a slow reader may leave what was true before a change:
//! - with *leases* only the first who missed may fill the place, and a change ends the lease, as
//!   in Facebook's memcache (NSDI 2013). A node that loses its memory loses its leases, too;
//! - with *versions* an entry says as of which commit it is. A change leaves a fence of its own
//!   commit, and what is older than an entry or a fence neither takes its place nor is used.
//!   A node that loses its memory loses its fences, and then only the time to live is left.

use super::entry::{self, Held, ValueTypes};
use super::feed::Feed;
use super::keeping::Keeping;
use super::source::{Entries, Relation};
use super::ticket::{Found, Place, Ticket};
use crate::directory::AsOf;
use crate::service::{ServiceConfig, Surroundings};
use bytes::Bytes;
use crosswire_cache::{CacheClient, CacheError, When};
use crosswire_wire::Net;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The life of a lease whose holder does not come back.
const LEASE: Duration = Duration::from_secs(2);
/// The least life of a fence: no read that began before the change is still under way then.
const FENCE: Duration = Duration::from_secs(10);
/// How often, and after what time, somebody without the lease looks whether its holder is back.
const LOOKS: u32 = 3;
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How often a fence is tried to be put where others write too.
const TRIES: u32 = 4;

/// The relations that are in the cache.
pub(super) struct Shelf {
    cache: Arc<dyn CacheClient>,
    net: Net,
    value_types: ValueTypes,
    life: Duration,
    leases: bool,
    versions: bool,
    feed: Option<Feed>,
    /// No two leases of all gateways have the same token: it is made of the gateway's place, the
    /// time and a number.
    place: u16,
    leases_taken: AtomicU64,
}

impl Shelf {
    pub(super) fn new(around: &Surroundings, config: &ServiceConfig) -> Self {
        let keeping = config.design.keeping;
        let followed = keeping == Keeping::Followed;
        Self {
            cache: around.cache.clone(),
            net: around.net.clone(),
            value_types: config.value_types,
            life: keeping.life(config),
            leases: config.defences.leases,
            versions: config.defences.versioned_entries || followed,
            feed: followed.then(|| Feed::new(around)),
            place: around.directory.from.0,
            leases_taken: AtomicU64::new(0),
        }
    }

    /// Looks for a relation.
    pub(super) async fn find(&self, relation: Relation) -> Found {
        if !self.can_tell().await {
            return Found::Miss(Ticket::NONE);
        }
        let looked = self.cache.get(&entry::key(relation)).await;
        self.found(relation, looked).await
    }

    /// Looks for several, with one multi-get.
    pub(super) async fn find_all(&self, relations: &[Relation]) -> Vec<Found> {
        let mut found = Vec::with_capacity(relations.len());
        if !self.can_tell().await {
            found.resize_with(relations.len(), || Found::Miss(Ticket::NONE));
            return found;
        }
        let keys: Vec<_> = relations.iter().map(|relation| entry::key(*relation)).collect();
        let values = self.cache.mget(&keys).await;
        for (at, relation) in relations.iter().enumerate() {
            let value = values.as_ref().map(|values| values.get(at).cloned().flatten());
            found.push(self.found(*relation, value.map_err(Clone::clone)).await);
        }
        found
    }

    /// Whether what is found can be told from what a change has made untrue.
    async fn can_tell(&self) -> bool {
        match &self.feed {
            None => true,
            Some(feed) => feed.follow().await.is_ok(),
        }
    }

    async fn found(&self, relation: Relation, looked: Result<Option<Bytes>, CacheError>) -> Found {
        let Ok(value) = looked else { return Found::Miss(self.unconditional()) };
        match self.judge(relation, value.as_deref()) {
            Ok(entries) => Found::Hit(entries),
            Err(_) if self.leases => self.take_lease(relation, value).await,
            Err(_) if !self.versions => Found::Miss(self.unconditional()),
            Err(commit) => {
                let place = value.map_or(Place::Empty, Place::Holds);
                Found::Miss(Ticket { place, commit })
            }
        }
    }

    /// Nobody knows what is there.
    fn unconditional(&self) -> Ticket {
        if self.leases || self.versions {
            return Ticket::NONE;
        }
        Ticket { place: Place::Any, commit: 0 }
    }

    /// The entries, if they can be trusted; or else the commit that what takes their place must
    /// not be older than.
    fn judge(&self, relation: Relation, value: Option<&[u8]>) -> Result<Entries, u64> {
        let changed = self.feed.as_ref().map_or(0, |feed| feed.changed(relation));
        match value.and_then(|value| entry::decode(self.value_types, relation, value)) {
            Some(Held::Entries(entries, commit)) if commit >= changed => Ok(entries),
            Some(held) => Err(held.commit().max(changed)),
            None => Err(changed),
        }
    }

    /// The first who misses gets the lease; the others look again in a moment, for its holder
    /// will be back, and then read for themselves.
    async fn take_lease(&self, relation: Relation, mut value: Option<Bytes>) -> Found {
        let key = entry::key(relation);
        for _ in 0..LOOKS {
            let commit = match self.judge(relation, value.as_deref()) {
                Ok(entries) => return Found::Hit(entries),
                Err(commit) => commit,
            };
            let held = value.as_deref();
            let held_lease = held.and_then(|held| entry::decode(self.value_types, relation, held));
            if !matches!(held_lease, Some(Held::Lease(_))) {
                let lease = entry::lease(commit, &self.token());
                let when = held.map_or(When::Absent, When::Equals);
                match self.cache.set_if(&key, lease.as_bytes(), LEASE, when).await {
                    Ok(true) => {
                        let place = Place::Holds(Bytes::from(lease));
                        return Found::Miss(Ticket { place, commit });
                    }
                    Ok(false) => {}
                    Err(_) => return Found::Miss(Ticket::NONE),
                }
            }
            self.net.sleep(LOOK_AGAIN.as_millis() as u64).await;
            let Ok(again) = self.cache.get(&key).await else {
                return Found::Miss(Ticket::NONE);
            };
            value = again;
        }
        self.judge(relation, value.as_deref()).map_or(Found::Miss(Ticket::NONE), Found::Hit)
    }

    fn token(&self) -> String {
        let number = self.leases_taken.fetch_add(1, Ordering::Relaxed);
        format!("{}-{}-{number}", self.place, self.net.now_ms())
    }

    /// Leaves for others what was read, on the condition of the ticket. If that fails, the next
    /// one reads again.
    pub(super) async fn leave(&self, relation: Relation, ticket: Ticket, read: &AsOf<Entries>) {
        let key = entry::key(relation);
        let commit = self.versions.then_some(read.commit);
        let text = entry::encode(self.value_types, relation, commit, &read.it);
        let value = text.as_bytes();
        let when = match &ticket.place {
            Place::Taken => return,
            Place::Any => {
                let _ = self.cache.set(&key, value, self.life).await;
                return;
            }
            Place::Empty => When::Absent,
            Place::Holds(held) => When::Equals(held),
        };
        let _ = self.cache.set_if(&key, value, self.life, when).await;
    }

    /// Forgets a relation that was changed by a commit. If that fails, what is there ends with
    /// its life.
    pub(super) async fn forget(&self, relation: Relation, commit: u64) {
        let key = entry::key(relation);
        if !self.versions {
            let _ = self.cache.del(&key).await;
            return;
        }
        let fence = entry::fence(commit);
        for _ in 0..TRIES {
            let Ok(value) = self.cache.get(&key).await else { break };
            let held = value.as_deref();
            let known = held.and_then(|held| entry::decode(self.value_types, relation, held));
            if known.is_some_and(|known| known.commit() >= commit) {
                return;
            }
            let when = held.map_or(When::Absent, When::Equals);
            let life = self.life.max(FENCE);
            match self.cache.set_if(&key, fence.as_bytes(), life, when).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(_) => break,
            }
        }
        // The cache is out of reach, or the client has no such writes: as without versions.
        let _ = self.cache.del(&key).await;
    }
}

#[cfg(test)]
mod tests {
    //! Readers that are slow, changes that come between, a cache that forgets: in every order.

    use super::*;
    use crosswire_cache::async_trait;
    use crosswire_history::UserId;
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::collections::BTreeMap;
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};

    const ANNS: Relation = Relation::Cameras(UserId(1));

    /// A cache that answers at once.
    #[derive(Default)]
    struct Shelves(Mutex<BTreeMap<String, Bytes>>);

    #[async_trait]
    impl CacheClient for Shelves {
        async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
            Ok(self.0.lock().unwrap().get(key).cloned())
        }

        async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
            let held = self.0.lock().unwrap();
            Ok(keys.iter().map(|key| held.get(key).cloned()).collect())
        }

        async fn set(&self, key: &str, value: &[u8], _: Duration) -> Result<(), CacheError> {
            self.0.lock().unwrap().insert(key.to_owned(), Bytes::copy_from_slice(value));
            Ok(())
        }

        async fn del(&self, key: &str) -> Result<(), CacheError> {
            self.0.lock().unwrap().remove(key);
            Ok(())
        }

        async fn set_if(
            &self,
            key: &str,
            value: &[u8],
            _: Duration,
            when: When<'_>,
        ) -> Result<bool, CacheError> {
            let mut held = self.0.lock().unwrap();
            let may = match (held.get(key), when) {
                (None, When::Absent) => true,
                (Some(there), When::Equals(expected)) => there == expected,
                _ => false,
            };
            if may {
                held.insert(key.to_owned(), Bytes::copy_from_slice(value));
            }
            Ok(may)
        }
    }

    /// What it gives, if it need not wait for anything.
    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Somebody looks for the relation and, on a miss, reads it.
        Find,
        /// One of those who have read it leaves it for others.
        Leave(prop::sample::Index),
        /// A change is committed and the relation forgotten.
        Change,
        /// The cache node loses its memory.
        Crash,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => Just(Step::Find),
            3 => any::<prop::sample::Index>().prop_map(Step::Leave),
            2 => Just(Step::Change),
            1 => Just(Step::Crash),
        ]
    }

    /// Runs `work` where there is a network and a clock.
    fn simulated<T>(work: impl FnOnce() -> T) -> T {
        madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default())
            .block_on(async { work() })
    }

    struct Bench {
        cache: Arc<Shelves>,
        shelf: Shelf,
        commit: u64,
        reading: Vec<(Ticket, u64)>,
    }

    impl Bench {
        fn new(leases: bool, versions: bool) -> Self {
            let cache = Arc::new(Shelves::default());
            let shelf = Shelf {
                cache: cache.clone(),
                net: Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1))),
                value_types: ValueTypes::One,
                life: Duration::from_mins(10),
                leases,
                versions,
                feed: None,
                place: 1,
                leases_taken: AtomicU64::new(0),
            };
            Self { cache, shelf, commit: 1, reading: Vec::new() }
        }

        /// The commit of what is found, by what it holds: each commit's relation is its number.
        fn find(&mut self) -> Option<u64> {
            // Somebody who would have to wait for the holder of a lease goes away.
            match now(self.shelf.find(ANNS))? {
                Found::Hit(entries) => Some(u64::from(entries[0].0)),
                Found::Miss(ticket) => {
                    self.reading.push((ticket, self.commit));
                    None
                }
            }
        }

        fn leave(&mut self, at: usize) {
            let (ticket, commit) = self.reading.remove(at);
            let it = vec![(commit as u32, crosswire_history::Epoch(1))];
            now(self.shelf.leave(ANNS, ticket, &AsOf { it, commit }));
        }

        fn change(&mut self) {
            self.commit += 1;
            now(self.shelf.forget(ANNS, self.commit));
        }

        /// Plays the steps; gives what was found after a change from before it, if anything was.
        fn stale(&mut self, steps: &[Step], crashes: bool) -> Option<(u64, u64)> {
            for step in steps {
                match step {
                    Step::Find => {
                        if let Some(found) = self.find().filter(|found| *found < self.commit) {
                            return Some((found, self.commit));
                        }
                    }
                    Step::Leave(which) if !self.reading.is_empty() => {
                        self.leave(which.index(self.reading.len()));
                    }
                    Step::Change => self.change(),
                    Step::Crash if crashes => self.cache.0.lock().unwrap().clear(),
                    Step::Leave(_) | Step::Crash => {}
                }
            }
            None
        }
    }

    proptest! {
        #[test]
        fn with_leases_nobody_finds_what_was_before_a_change(
            steps in prop::collection::vec(step(), 0..60), versions in any::<bool>(),
        ) {
            let stale = simulated(|| Bench::new(true, versions).stale(&steps, true));
            prop_assert_eq!(stale, None);
        }

        #[test]
        fn with_versions_nobody_does_unless_the_cache_forgets(
            steps in prop::collection::vec(step(), 0..60),
        ) {
            let stale = simulated(|| Bench::new(false, true).stale(&steps, false));
            prop_assert_eq!(stale, None);
        }
    }

    /// A reader finds nothing; a change comes between; the reader leaves what it has read.
    fn slow_reader(leases: bool, versions: bool) -> Option<u64> {
        simulated(|| {
            let mut bench = Bench::new(leases, versions);
            bench.find();
            bench.change();
            bench.leave(0);
            bench.find()
        })
    }

    #[test]
    fn a_slow_reader_is_believed_only_without_either() {
        assert_eq!(slow_reader(false, false), Some(1));
        assert_eq!(slow_reader(true, false), None);
        assert_eq!(slow_reader(false, true), None);
        assert_eq!(slow_reader(true, true), None);
    }

    #[test]
    fn what_is_read_is_kept() {
        for (leases, versions) in [(false, false), (true, false), (false, true), (true, true)] {
            simulated(|| {
                let mut bench = Bench::new(leases, versions);
                bench.change();
                assert_eq!(bench.find(), None);
                bench.leave(0);
                assert_eq!(bench.find(), Some(2), "{leases} {versions}");
            });
        }
    }

    #[test]
    fn a_client_that_cannot_compare_keeps_nothing_under_leases() {
        struct Plain;
        #[async_trait]
        impl CacheClient for Plain {
            async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
                Ok(None)
            }
            async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
                Ok(vec![None; keys.len()])
            }
            async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
                panic!("nothing is written without a condition");
            }
            async fn del(&self, _: &str) -> Result<(), CacheError> {
                Ok(())
            }
        }
        simulated(|| {
            let mut bench = Bench::new(true, true);
            bench.shelf.cache = Arc::new(Plain);
            assert_eq!(bench.find(), None);
            bench.leave(0);
            bench.change();
        });
    }
}
