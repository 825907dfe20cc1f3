//! Reads of one key that share a reply, as the probe sees them.

use crate::{TTL, config, far, on_a_world};
use bytes::Bytes;
use crosswire_cache::clients::{FailAll, MultiplexedClient, RespClient, Strict, StrictByIndex};
use crosswire_cache::{CacheClient, CacheError, ClientConfig, Connections, Dialer, async_trait};
use crosswire_history::journal::RecentEntries;
use crosswire_history::sync::Mutex;
use crosswire_history::{CallId, Entry, Fact, Observer, Returned, Sent};
use futures_util::future::join;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Shares one look-up among simultaneous reads of a key, and declares so if `says`. With `coarse`
/// all keys count as one.
struct SingleFlight<C> {
    client: C,
    says: bool,
    coarse: bool,
    under_way: Mutex<BTreeMap<String, Flight>>,
}

type Flight = Arc<OnceCell<Option<Bytes>>>;

#[async_trait]
impl<C: CacheClient> CacheClient for SingleFlight<C> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let name = if self.coarse { String::new() } else { key.to_owned() };
        let flight = self.under_way.lock().entry(name.clone()).or_default().clone();
        let found = flight.get_or_try_init(|| self.client.get(key)).await.cloned();
        self.under_way.lock().remove(&name);
        found
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        self.client.mget(keys).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.client.set(key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.client.del(key).await
    }

    fn connections(&self) -> Connections {
        self.client.connections()
    }

    fn joins_reads(&self) -> bool {
        self.says
    }
}

/// The values returned to each call.
#[derive(Clone, Default)]
struct Handed(Arc<Mutex<Vec<(CallId, Returned)>>>);

impl Observer for Handed {
    fn observe(&mut self, entry: &Entry, _: &RecentEntries) {
        if let Fact::Value { call, returned, .. } = entry.what {
            self.0.lock().push((call, returned));
        }
    }
}

/// Returns the values of two calls: one reads `a`, and 5 ms later the other reads `second`.
fn two<C, F>(
    connect: impl FnOnce(Dialer, ClientConfig) -> F,
    [says, coarse]: [bool; 2],
    second: &str,
) -> [(CallId, Returned); 2]
where
    C: CacheClient,
    F: Future<Output = Result<C, CacheError>>,
{
    let handed = Handed::default();
    on_a_world(far(10), handed.clone(), async |world| {
        let client = connect(world.dialer.clone(), config(2)).await.unwrap();
        let client = SingleFlight { client, says, coarse, under_way: Mutex::default() };
        let probe = world.probe(Arc::new(client), false);
        for key in ["a", "b"] {
            probe.set(key, key.as_bytes(), TTL).await.unwrap();
        }
        let later = async {
            world.net.sleep(5).await;
            probe.get(second).await
        };
        let (first, second) = join(probe.get("a"), later).await;
        assert!(first.unwrap().is_some() && second.unwrap().is_some());
    });
    let handed = handed.0.lock().clone();
    handed.try_into().expect("two values")
}

type Pooled = RespClient<Strict, StrictByIndex>;
type Multiplexed = MultiplexedClient<FailAll>;

#[test]
fn a_joined_read_has_a_reply_that_was_under_way_when_it_began() {
    for [first, second] in
        [two(Pooled::connect, [true, false], "a"), two(Multiplexed::connect, [true, false], "a")]
    {
        assert_eq!(first.1.sent, Sent::During, "the first call asked");
        assert_eq!(second.1.sent, Sent::Joined);
        assert_eq!(second.1.command, first.1.command);
    }
}

#[test]
fn a_client_that_does_not_declare_joined_reads_returns_an_earlier_reply() {
    for [first, second] in
        [two(Pooled::connect, [false, false], "a"), two(Multiplexed::connect, [false, false], "a")]
    {
        assert_eq!((first.1.sent, second.1.sent), (Sent::During, Sent::Before));
    }
}

#[test]
fn a_read_that_joins_another_keys_read_has_that_keys_value_whatever_is_declared() {
    let [first, second] = two(Pooled::connect, [true, true], "b");
    assert_eq!(second.1.written_for, first.1.written_for);
    assert_eq!(second.1.written_by, first.1.written_by);
}
