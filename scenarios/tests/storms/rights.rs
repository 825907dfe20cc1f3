//! Clients that are out of date, or refuse everything, are found in a whole run.

use crosswire::Storm;
use crosswire::cache::clients::{RespClient, Strict, StrictByIndex};
use crosswire::cache::{CacheClient, CacheError, ClientConfig, Connections, Dialer, async_trait};
use crosswire::sim::{self, RunOutput};
use crosswire_checker::InvariantId;
use crosswire_history::journal::RecentEntries;
use crosswire_history::sync::Mutex;
use crosswire_history::{Entry, Fact, Observer};
use std::collections::BTreeMap;
use std::time::Duration;

/// The difference from a correct client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twist {
    /// Keeps the values that it has read, and never invalidates them.
    NearCache,
    /// Lets entries live for ever and deletes none.
    LongMemory,
    /// Reports that no user may watch any camera.
    BlocksVideos,
    /// Reports that no user has any camera.
    BlocksLists,
}

struct Twisted {
    client: RespClient<Strict, StrictByIndex>,
    twist: Twist,
    near: Mutex<BTreeMap<String, bytes::Bytes>>,
}

impl Twisted {
    async fn connect(
        twist: Twist,
        dialer: Dialer,
        config: ClientConfig,
    ) -> Result<Self, CacheError> {
        let client = RespClient::connect(dialer, config).await?;
        Ok(Self { client, twist, near: Mutex::default() })
    }
}

#[async_trait]
impl CacheClient for Twisted {
    async fn get(&self, key: &str) -> Result<Option<bytes::Bytes>, CacheError> {
        let near = || self.near.lock();
        match self.twist {
            Twist::BlocksVideos if key.starts_with("cam:") => return Ok(Some("".into())),
            Twist::BlocksLists if key.starts_with("usr:") => return Ok(Some("".into())),
            Twist::NearCache => {
                if let Some(value) = near().get(key) {
                    return Ok(Some(value.clone()));
                }
            }
            _ => {}
        }
        let value = self.client.get(key).await?;
        if let (Twist::NearCache, Some(value)) = (self.twist, &value) {
            near().insert(key.to_owned(), value.clone());
        }
        Ok(value)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<bytes::Bytes>>, CacheError> {
        if matches!(self.twist, Twist::BlocksVideos | Twist::BlocksLists) {
            return Ok(keys.iter().map(|_| Some("".into())).collect());
        }
        self.client.mget(keys).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl = if self.twist == Twist::LongMemory { ttl * 100 } else { ttl };
        self.client.set(key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        if self.twist == Twist::LongMemory { Ok(()) } else { self.client.del(key).await }
    }

    fn connections(&self) -> Connections {
        self.client.connections()
    }
}

fn storm(twist: Twist) -> Storm {
    Storm::named("reconnect-storm")
        .cache_client("twisted", move |dialer, config| Twisted::connect(twist, dialer, config))
}

fn play(twist: Twist) -> RunOutput {
    storm(twist).play(0).expect("no panic")
}

fn broken(played: &RunOutput, invariant: InvariantId) -> u64 {
    played.findings.counts.get(&invariant).copied().unwrap_or(0)
}

/// Returns the first story of an invariant that contains these words.
fn story_with(played: &RunOutput, invariant: InvariantId, words: &str) -> Option<Vec<String>> {
    let violations = played.findings.violations.iter();
    let mut stories = violations.filter(|found| found.invariant == invariant).map(|v| &v.story);
    stories.find(|story| story.iter().any(|line| line.contains(words))).cloned()
}

#[test]
fn a_near_cache_without_invalidations_is_out_of_date() {
    // A value that the client itself deleted and still returns has another story, which comes
    // sooner.
    let stories = (0..16).filter_map(|seed| {
        let played = storm(Twist::NearCache).play(seed).expect("no panic");
        story_with(&played, InvariantId::I5, "as it was read as of commit")
    });
    let story = stories.into_iter().next().expect("a breach of I5");
    assert!(story.iter().any(|line| line.contains("it is done, as of commit")), "{story:#?}");
}

#[test]
fn an_entry_that_is_never_deleted_is_still_there_at_rest() {
    let storm = storm(Twist::LongMemory);
    let (played, at_rest) =
        sim::watch(&storm.plan(0), &storm.client_under_test(), AtRest::default())
            .expect("no panic");
    assert!(broken(&played, InvariantId::I5) > 0, "{:?}", played.findings.counts);
    assert!(at_rest.untrue > 0 && at_rest.same > 0, "{at_rest:?}");
}

/// The entries in the cache at the end of a run.
#[derive(Debug, Default)]
struct AtRest {
    same: u64,
    untrue: u64,
}

impl Observer for AtRest {
    fn observe(&mut self, entry: &Entry, _past: &RecentEntries) {
        if let Fact::AtRest { untrue_ms, .. } = entry.what {
            self.untrue += u64::from(untrue_ms.is_some());
            self.same += u64::from(untrue_ms.is_none());
        }
    }
}

#[test]
fn a_client_that_refuses_everything_breaks_obligations() {
    assert!(broken(&play(Twist::BlocksVideos), InvariantId::I14) > 0);
    assert!(broken(&play(Twist::BlocksLists), InvariantId::I11) > 0);
}
