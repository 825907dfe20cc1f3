//! A client that keeps values, or lets reads of one key share a reply, declares it. Then it is not
//! accused of that, but it still is of a reply that belongs to another call.

use bytes::Bytes;
use crosswire::Storm;
use crosswire::cache::clients::{
    FailAll, FlushOnLoss, MultiplexedClient, NearCache, NearMap, ReplayReads, RespClient, Strict,
    StrictByIndex, Trusting, Zip,
};
use crosswire::cache::{
    CacheClient, CacheError, ClientConfig, Connections, Dialer, When, async_trait,
};
use crosswire_checker::InvariantId;
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// The declarations of a client, true or not.
#[derive(Clone, Copy)]
struct Words {
    keeps_values: bool,
    joins_reads: bool,
}

const NOTHING: Words = Words { keeps_values: false, joins_reads: false };
const KEEPS: Words = Words { keeps_values: true, joins_reads: false };
const JOINS: Words = Words { keeps_values: false, joins_reads: true };
const BOTH: Words = Words { keeps_values: true, joins_reads: true };

/// A client with these declarations.
struct Says<C>(C, Words);

#[async_trait]
impl<C: CacheClient> CacheClient for Says<C> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        self.0.get(key).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        self.0.mget(keys).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.0.set(key, value, ttl).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        self.0.set_if(key, value, ttl, when).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.0.del(key).await
    }

    fn connections(&self) -> Connections {
        self.0.connections()
    }

    fn keeps_values(&self) -> bool {
        self.1.keeps_values
    }

    fn joins_reads(&self) -> bool {
        self.1.joins_reads
    }
}

/// Reads a key once for all concurrent calls; `of` decides which calls share a read.
struct SingleFlight<C> {
    client: C,
    of: fn(&str) -> String,
    under_way: Mutex<BTreeMap<String, Flight>>,
}

type Flight = Arc<OnceCell<Option<Bytes>>>;

impl<C> SingleFlight<C> {
    fn new(client: C, of: fn(&str) -> String) -> Self {
        Self { client, of, under_way: Mutex::default() }
    }
}

#[async_trait]
impl<C: CacheClient> CacheClient for SingleFlight<C> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let name = (self.of)(key);
        let flight = self.under_way.lock().entry(name.clone()).or_default().clone();
        let found = flight.get_or_try_init(|| self.client.get(key)).await.cloned();
        let mut under_way = self.under_way.lock();
        if under_way.get(&name).is_some_and(|there| Arc::ptr_eq(there, &flight)) {
            under_way.remove(&name);
        }
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
}

fn by_key(key: &str) -> String {
    key.to_owned()
}

/// Returns the family of a key, without its number.
fn by_family(key: &str) -> String {
    key.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// Returns how often, in a storm with this client, a reply belonged to another call, and how often
/// a value was never written for the key.
fn broken<C, F>(
    words: Words,
    connect: impl Fn(Dialer, ClientConfig) -> F + Copy + Send + Sync + 'static,
) -> [u64; 2]
where
    C: CacheClient,
    F: Future<Output = Result<C, CacheError>> + Send + 'static,
{
    let storm = Storm::named("reconnect-storm").cache_client("says", move |dialer, config| {
        let connected = connect(dialer, config);
        async move { Ok(Says(connected.await?, words)) }
    });
    let outcome = storm.seeds(3).run();
    let runs = outcome.runs.iter().map(|one| one.run.as_ref().expect("no panic"));
    runs.fold([0, 0], |[crossed, strange], played| {
        let count = |id| played.findings.counts.get(&id).copied().unwrap_or(0);
        [crossed + count(InvariantId::I4), strange + count(InvariantId::I3)]
    })
}

type Pooled = RespClient<Strict, StrictByIndex>;
type Multiplexed = MultiplexedClient<FailAll>;
type Made<C> = Result<C, CacheError>;

async fn joining(dialer: Dialer, config: ClientConfig) -> Made<SingleFlight<Pooled>> {
    Ok(SingleFlight::new(Pooled::connect(dialer, config).await?, by_key))
}

async fn joining_shared(dialer: Dialer, config: ClientConfig) -> Made<SingleFlight<Multiplexed>> {
    Ok(SingleFlight::new(Multiplexed::connect(dialer, config).await?, by_key))
}

async fn joining_by_family(dialer: Dialer, config: ClientConfig) -> Made<SingleFlight<Pooled>> {
    Ok(SingleFlight::new(Pooled::connect(dialer, config).await?, by_family))
}

#[test]
fn a_stale_reply_is_not_a_kept_value() {
    let trusting = RespClient::<Trusting, StrictByIndex>::connect;
    let ([silent, _], [saying, _]) = (broken(NOTHING, trusting), broken(KEEPS, trusting));
    assert!(silent > 0);
    // Except for a value that the client had before the call began, which may be kept.
    assert!(saying * 4 >= silent * 3 && saying <= silent, "{saying} of {silent}");
}

#[test]
fn a_kept_value_is_a_stale_reply_if_the_client_does_not_declare_it() {
    let near = NearCache::<NearMap<FlushOnLoss>>::connect;
    assert_eq!(broken(KEEPS, near)[0], 0);
    assert!(broken(NOTHING, near)[0] > 0);
}

#[test]
fn declarations_make_no_difference_to_a_client_that_keeps_nothing() {
    assert_eq!(broken(BOTH, Pooled::connect), [0, 0]);
    assert_eq!(broken(BOTH, Multiplexed::connect), [0, 0]);
}

/// Clients that do not declare it are tested in the cache crate: `joined_reads`.
#[test]
fn a_client_that_declares_joined_reads_is_not_accused_of_them() {
    assert_eq!(broken(JOINS, joining), [0, 0]);
    assert_eq!(broken(JOINS, joining_shared), [0, 0]);
}

#[test]
fn joining_the_read_of_another_key_is_caught_despite_declarations() {
    let [_, strange] = broken(BOTH, joining_by_family);
    assert!(strange > 0);
}

/// Only reads of one key may be joined: a value of another key is wrong despite any declaration.
#[test]
fn declaring_joined_reads_hides_no_mix_up() {
    let trusting = RespClient::<Trusting, StrictByIndex>::connect;
    let ([silent, strange], [saying, still]) = (broken(NOTHING, trusting), broken(JOINS, trusting));
    assert_eq!(strange, still);
    assert!(0 < saying && saying <= silent, "an answer without a reply is not a joined read");
    let zip = RespClient::<Strict, Zip>::connect;
    assert_eq!(broken(NOTHING, zip)[1], broken(JOINS, zip)[1]);
    assert!(broken(JOINS, zip)[1] > 0);
    let skewed = MultiplexedClient::<ReplayReads>::connect;
    assert_eq!(broken(NOTHING, skewed)[1], broken(JOINS, skewed)[1]);
}
