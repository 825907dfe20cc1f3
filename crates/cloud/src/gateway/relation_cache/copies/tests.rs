//! A client with a feed, copies of what it reads, and time that passes.

use super::*;
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_cache::CacheError;
use crosswire_history::Epoch;
use crosswire_net::Net;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

const KEY: &str = "usr:1:cams";
const LIFE: Duration = Duration::from_mins(10);

/// A client with a feed, and nothing else.
#[derive(Default)]
struct Told(Mutex<News>);

#[derive(Default)]
struct News {
    asked: u32,
    changed: Vec<String>,
    fails: bool,
}

#[async_trait]
impl CacheClient for Told {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        Ok(None)
    }
    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        Ok(vec![None; keys.len()])
    }
    async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
        Ok(())
    }
    async fn del(&self, _: &str) -> Result<(), CacheError> {
        Ok(())
    }
    async fn changes(&self) -> Result<Changes, CacheError> {
        let mut news = self.0.lock();
        news.asked += 1;
        match (news.fails, news.asked) {
            (true, _) => Err(CacheError::Timeout),
            (false, 1) => Ok(Changes::Any),
            _ => Ok(Changes::Keys(std::mem::take(&mut news.changed))),
        }
    }
}

struct Fixture {
    client: Arc<Told>,
    copies: Copies,
}

impl Fixture {
    /// Plays a story with copies and simulated time. The client has answered once.
    fn run<T>(story: impl AsyncFnOnce(&Self) -> T) -> T {
        madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(
            async {
                let clock = Clock::new(&Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1))));
                let client = Arc::new(Told::default());
                let copies = Copies::new(client.clone(), clock, LIFE);
                let fixture = Self { client, copies };
                assert!(fixture.copies.ask().await);
                story(&fixture).await
            },
        )
    }

    /// Reads an entry of this content from the cache.
    fn reads(&self, content: u32) {
        self.copies.reads(KEY).copies_hit(&hit(content));
    }

    fn changes(&self) {
        self.client.0.lock().changed.push(KEY.to_owned());
    }

    async fn finds(&self) -> Option<u32> {
        self.copies.find(KEY).await.map(|entries| entries[0].0)
    }

    fn asked(&self) -> u32 {
        self.client.0.lock().asked
    }
}

fn hit(content: u32) -> Found {
    Found::Hit(vec![(content, Epoch(1))])
}

async fn wait(ms: u64) {
    madsim::time::sleep(Duration::from_millis(ms)).await;
}

#[test]
fn a_copy_is_used_until_the_client_names_its_key() {
    Fixture::run(async |fixture| {
        assert_eq!(fixture.finds().await, None);
        fixture.reads(7);
        wait(499).await;
        fixture.changes();
        assert_eq!((fixture.finds().await, fixture.asked()), (Some(7), 1), "it was asked lately");
        wait(1).await;
        assert_eq!((fixture.finds().await, fixture.asked()), (None, 2));
    });
}

#[test]
fn a_read_that_a_change_has_overtaken_is_not_copied() {
    Fixture::run(async |fixture| {
        fixture.reads(6);
        let reading = fixture.copies.reads(KEY);
        wait(500).await;
        fixture.changes();
        assert_eq!(fixture.finds().await, None);
        reading.copies_hit(&hit(7));
        assert_eq!(fixture.finds().await, None);
        fixture.reads(8);
        assert_eq!(fixture.finds().await, Some(8));
    });
}

#[test]
fn without_an_answer_no_copy_is_used_and_the_client_is_left_alone_for_a_while() {
    Fixture::run(async |fixture| {
        fixture.reads(7);
        wait(500).await;
        fixture.client.0.lock().fails = true;
        assert_eq!((fixture.finds().await, fixture.asked()), (None, 2));
        fixture.client.0.lock().fails = false;
        assert_eq!((fixture.finds().await, fixture.asked()), (None, 2));
        wait(500).await;
        assert_eq!((fixture.finds().await, fixture.asked()), (Some(7), 3));
    });
}

#[test]
fn that_there_is_nothing_is_not_copied() {
    Fixture::run(async |fixture| {
        fixture.copies.reads(KEY).copies_hit(&Found::Hit(Entries::new()));
        assert!(fixture.copies.find(KEY).await.is_none());
        assert_eq!(fixture.asked(), 1);
    });
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A reader asks the cache, and has its answer after this many steps.
    Read(usize),
    Find,
    Change,
    Wait(u64),
    Fail(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_usize).prop_map(Step::Read),
        3 => Just(Step::Find),
        2 => Just(Step::Change),
        2 => (1..400_u64).prop_map(Step::Wait),
        1 => any::<bool>().prop_map(Step::Fail),
    ]
}

proptest! {
    /// The content of the entry is the number of its changes.
    #[test]
    fn no_copy_is_used_later_than_half_a_second_after_its_entry_changed(
        steps in prop::collection::vec(step(), 0..80),
    ) {
        Fixture::run(async |fixture| {
            let (mut now_ms, mut changed_ms) = (0, vec![0]);
            let mut reading: Vec<(usize, Reading<'_>, Found)> = Vec::new();
            for (at, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Read(for_steps) => {
                        let content = changed_ms.len() as u32 - 1;
                        let begun = (at + for_steps, fixture.copies.reads(KEY), hit(content));
                        reading.push(begun);
                    }
                    Step::Find => {
                        if let Some(found) = fixture.finds().await {
                            let next_ms = changed_ms.get(found as usize + 1).copied();
                            let out_of_date_ms = next_ms.map_or(0, |next_ms: u64| now_ms - next_ms);
                            prop_assert!(out_of_date_ms <= 500, "{out_of_date_ms}");
                        }
                    }
                    Step::Change => {
                        changed_ms.push(now_ms);
                        fixture.changes();
                    }
                    Step::Wait(ms) => {
                        wait(ms).await;
                        now_ms += ms;
                    }
                    Step::Fail(fails) => fixture.client.0.lock().fails = fails,
                }
                let mut still = Vec::new();
                for (until, read, found) in reading {
                    if until > at {
                        still.push((until, read, found));
                    } else {
                        read.copies_hit(&found);
                    }
                }
                reading = still;
            }
            Ok(())
        })?;
    }
}
