//! Slow readers, intervening changes and forgetful caches, in every order.

use super::*;
use crate::gateway::{Numbers, ValueTypes};
use crosswire_cache::{Batch, Lookup, async_trait};
use crosswire_history::UserId;
use crosswire_history::sync::Mutex;
use crosswire_net::Net;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const ANNS: Relation = Relation::Cameras(UserId(1));

/// A cache that answers immediately.
#[derive(Default)]
struct MapCache(Mutex<BTreeMap<String, Bytes>>);

#[async_trait]
impl CacheClient for MapCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(self.0.lock().get(key).cloned())
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let held = self.0.lock();
        Ok(keys.iter().map(|key| held.get(key).cloned()).collect())
    }

    async fn set(&self, key: &str, value: &[u8], _: Duration) -> Result<(), CacheError> {
        self.0.lock().insert(key.to_owned(), Bytes::copy_from_slice(value));
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.0.lock().remove(key);
        Ok(())
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        _: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let mut held = self.0.lock();
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

/// Polls a future once and returns its output if it is ready.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A reader looks up the relation and, on a miss, reads it.
    Find,
    /// One of the readers that missed fills the cache.
    Fill(prop::sample::Index),
    /// A change is committed and the relation invalidated.
    Change,
    /// The cache node loses its memory.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Find),
        3 => any::<prop::sample::Index>().prop_map(Step::Fill),
        2 => Just(Step::Change),
        1 => Just(Step::Crash),
    ]
}

/// Runs `work` inside a simulation with a network and a clock.
fn simulated<T>(work: impl FnOnce() -> T) -> T {
    madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default())
        .block_on(async { work() })
}

struct Fixture {
    cache: Arc<MapCache>,
    relations: RelationCache,
    commit: u64,
    reading: Vec<(FillPermit, u64)>,
}

impl Fixture {
    fn new(leases: bool, versions: bool) -> Self {
        let cache = Arc::new(MapCache::default());
        let relations = RelationCache {
            cache: cache.clone(),
            clock: Clock::new(&Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1)))),
            form: Form { types: ValueTypes::One, numbers: Numbers::Dense, settings_bytes: 0 },
            life: Duration::from_mins(10),
            leases,
            versions,
            feed: None,
            site: 1,
            leases_taken: AtomicU64::new(0),
            adds: AtomicBool::new(false),
            offers: Offers::default(),
            deadlines: Deadlines::default(),
            copies: None,
        };
        Self { cache, relations, commit: 1, reading: Vec::new() }
    }

    /// Returns the commit of the relation found; the contents of each commit's relation are its
    /// number.
    fn find(&mut self) -> Option<u64> {
        // A reader that would have to wait for the lease holder gives up.
        match now(self.relations.find(ANNS))? {
            Found::Hit(entries) => Some(u64::from(entries[0].0)),
            Found::Miss(permit) => {
                self.reading.push((permit, self.commit));
                None
            }
        }
    }

    fn fill(&mut self, at: usize) {
        let (permit, commit) = self.reading.remove(at);
        let value = vec![(commit as u32, crosswire_history::Epoch(1))];
        now(self.relations.fill(ANNS, permit, &AtCommit { value, commit }));
    }

    fn change(&mut self) {
        self.commit += 1;
        now(self.relations.invalidate(ANNS, self.commit));
    }

    /// Runs the steps; returns the first stale find, as the commit found and the latest commit.
    fn stale(&mut self, steps: &[Step], crashes: bool) -> Option<(u64, u64)> {
        for step in steps {
            match step {
                Step::Find => {
                    if let Some(found) = self.find().filter(|found| *found < self.commit) {
                        return Some((found, self.commit));
                    }
                }
                Step::Fill(which) if !self.reading.is_empty() => {
                    self.fill(which.index(self.reading.len()));
                }
                Step::Change => self.change(),
                Step::Crash if crashes => self.cache.0.lock().clear(),
                Step::Fill(_) | Step::Crash => {}
            }
        }
        None
    }
}

proptest! {
    #[test]
    fn with_leases_no_reader_finds_the_state_before_a_change(
        steps in prop::collection::vec(step(), 0..60), versions in any::<bool>(),
    ) {
        let stale = simulated(|| Fixture::new(true, versions).stale(&steps, true));
        prop_assert_eq!(stale, None);
    }

    #[test]
    fn with_versions_no_reader_finds_it_unless_the_cache_forgets(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let stale = simulated(|| Fixture::new(false, true).stale(&steps, false));
        prop_assert_eq!(stale, None);
    }
}

/// A reader misses; a change intervenes; the reader writes what it read.
fn slow_reader(leases: bool, versions: bool) -> Option<u64> {
    simulated(|| {
        let mut fixture = Fixture::new(leases, versions);
        fixture.find();
        fixture.change();
        fixture.fill(0);
        fixture.find()
    })
}

#[test]
fn a_slow_reader_is_trusted_only_without_either_defence() {
    assert_eq!(slow_reader(false, false), Some(1));
    assert_eq!(slow_reader(true, false), None);
    assert_eq!(slow_reader(false, true), None);
    assert_eq!(slow_reader(true, true), None);
}

#[test]
fn a_relation_that_was_read_is_cached() {
    for (leases, versions) in [(false, false), (true, false), (false, true), (true, true)] {
        simulated(|| {
            let mut fixture = Fixture::new(leases, versions);
            fixture.change();
            assert_eq!(fixture.find(), None);
            fixture.fill(0);
            assert_eq!(fixture.find(), Some(2), "{leases} {versions}");
        });
    }
}

#[test]
fn a_client_without_conditional_writes_caches_nothing_under_leases() {
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
            panic!("an unconditional write under leases");
        }
        async fn del(&self, _: &str) -> Result<(), CacheError> {
            Ok(())
        }
    }
    simulated(|| {
        let mut fixture = Fixture::new(true, true);
        fixture.relations.cache = Arc::new(Plain);
        assert_eq!(fixture.find(), None);
        fixture.fill(0);
        fixture.change();
    });
}

#[test]
fn a_service_that_adds_never_replaces_an_entry() {
    simulated(|| {
        let mut fixture = Fixture::new(false, false);
        fixture.relations.adds = AtomicBool::new(true);
        assert_eq!([fixture.find(), fixture.find()], [None, None]);
        fixture.commit = 2;
        assert_eq!(fixture.find(), None);
        fixture.fill(0);
        fixture.fill(1);
        assert_eq!(fixture.find(), Some(1), "the second write came too late");
    });
}

#[test]
fn a_client_that_cannot_add_is_asked_once() {
    #[derive(Default)]
    struct Old {
        asked: AtomicU64,
        set: AtomicU64,
    }
    #[async_trait]
    impl CacheClient for Old {
        async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
            Ok(None)
        }
        async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
            Ok(vec![None; keys.len()])
        }
        async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
            self.set.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        async fn set_if(
            &self,
            _: &str,
            _: &[u8],
            _: Duration,
            _: When<'_>,
        ) -> Result<bool, CacheError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Err(CacheError::Unsupported)
        }
        async fn del(&self, _: &str) -> Result<(), CacheError> {
            Ok(())
        }
    }
    simulated(|| {
        let mut fixture = Fixture::new(false, false);
        let old = Arc::new(Old::default());
        fixture.relations.cache = old.clone();
        fixture.relations.adds = AtomicBool::new(true);
        for _ in 0..3 {
            fixture.find();
            fixture.fill(0);
        }
        assert_eq!(old.asked.load(Ordering::Relaxed), 1);
        assert_eq!(old.set.load(Ordering::Relaxed), 3);
    });
}

/// A cache that notes the lives that its calls give entries, and offers everything.
#[derive(Default)]
struct Noting {
    held: MapCache,
    lives: Mutex<Vec<(&'static str, Duration)>>,
}

impl Noting {
    fn note(&self, call: &'static str, life: Duration) {
        self.lives.lock().push((call, life));
    }
}

#[async_trait]
impl CacheClient for Noting {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        self.note("get", Duration::ZERO);
        self.held.get(key).await
    }
    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        self.held.mget(keys).await
    }
    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.note("set", ttl);
        self.held.set(key, value, ttl).await
    }
    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.note("del", Duration::ZERO);
        self.held.del(key).await
    }
    async fn get_and_touch(&self, key: &str, ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        self.note("touch", ttl);
        self.held.get(key).await
    }
    async fn mdel(&self, keys: &[String]) -> Result<Batch, CacheError> {
        self.note("mdel", Duration::ZERO);
        Ok(keys
            .iter()
            .map(|key| if key.starts_with("usr") { Ok(()) } else { Err(CacheError::Timeout) })
            .collect())
    }
    async fn set_absent(&self, _: &str, ttl: Duration) -> Result<(), CacheError> {
        self.note("absent", ttl);
        Ok(())
    }
    async fn look_up(&self, _: &str) -> Result<Lookup, CacheError> {
        self.note("look-up", Duration::ZERO);
        Ok(Lookup::Unknown)
    }
}

/// Returns the calls that a service makes, with the lives in seconds.
fn noted(offers: Offers, story: impl AsyncFnOnce(&RelationCache)) -> Vec<(&'static str, u64)> {
    madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(async {
        let cache = Arc::new(Noting::default());
        let mut relations = Fixture::new(false, false).relations;
        (relations.cache, relations.offers) = (cache.clone(), offers);
        story(&relations).await;
        let lives = cache.lives.lock();
        lives.iter().map(|(call, life)| (*call, life.as_secs())).collect()
    })
}

async fn find_and_fill(relations: &RelationCache, relation: Relation, entries: Entries) {
    if let Found::Miss(permit) = relations.find(relation).await {
        relations.fill(relation, permit, &AtCommit { value: entries, commit: 1 }).await;
    }
}

#[test]
fn a_touch_extends_no_life_beyond_the_declared_one() {
    let viewers = Relation::Viewers(crosswire_history::DeviceId(1), crosswire_history::Epoch(1));
    let entries = vec![(7, crosswire_history::Epoch(1))];
    let noted = noted(Offers::default().get_and_touch(), async |relations| {
        find_and_fill(relations, viewers, entries).await;
        for _ in 0..4 {
            madsim::time::sleep(Duration::from_secs(199)).await;
            relations.find(viewers).await;
        }
    });
    // The entry is declared to live for ten minutes.
    let touches = [("touch", 300), ("touch", 202), ("touch", 3), ("get", 0)];
    assert_eq!(noted[..2], [("get", 0), ("set", 300)]);
    assert_eq!(noted[2..], touches);
}

#[test]
fn a_user_without_cameras_is_noted_as_such() {
    let noted = noted(Offers::default().negative_entries(), async |relations| {
        find_and_fill(relations, ANNS, Entries::new()).await;
    });
    assert_eq!(noted, [("look-up", 0), ("absent", 600)]);
}

#[test]
fn a_part_of_a_multi_delete_that_failed_is_deleted_by_itself() {
    let viewers = Relation::Viewers(crosswire_history::DeviceId(1), crosswire_history::Epoch(1));
    let noted = noted(Offers::default().multi_delete(), async |relations| {
        relations.invalidate_all(&[viewers, ANNS]).await;
    });
    assert_eq!(noted, [("mdel", 0), ("del", 0)]);
}
