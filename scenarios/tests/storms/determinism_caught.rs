//! Non-determinism planted in a client is caught, entry by entry.

use crosswire::cache::client::{Connect, connector};
use crosswire::cache::{CacheClient, CacheError, ClientConfig, Connections, Dialer, async_trait};
use crosswire::determinism::{Difference, check};
use crosswire::scenarios;
use crosswire::sim::ClientUnderTest;
use crosswire_plan::{Plan, Seed, draw};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// State that outlives a run, which is forbidden in a run.
static CALLS: AtomicU64 = AtomicU64::new(0);

/// The correct client, except for a wait that depends on the number of earlier calls.
struct Counting {
    inner: Arc<dyn CacheClient>,
    dialer: Dialer,
}

#[async_trait]
impl CacheClient for Counting {
    async fn get(&self, key: &str) -> Result<Option<bytes::Bytes>, CacheError> {
        let wait_ms = CALLS.fetch_add(1, Ordering::Relaxed) % 7;
        self.dialer.sleep(Duration::from_millis(wait_ms)).await;
        self.inner.get(key).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<bytes::Bytes>>, CacheError> {
        self.inner.mget(keys).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.inner.set(key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.inner.del(key).await
    }

    fn connections(&self) -> Connections {
        self.inner.connections()
    }
}

fn pooled() -> ClientUnderTest {
    ClientUnderTest::named("pooled").expect("a client")
}

fn counting() -> ClientUnderTest {
    let inner: Connect = pooled().connect;
    let connect = connector(move |dialer: Dialer, config: ClientConfig| {
        let connecting = inner(dialer.clone(), config);
        async move { Ok(Counting { inner: connecting.await?, dialer }) }
    });
    ClientUnderTest::new("counting", connect)
}

fn plan() -> Arc<Plan> {
    Arc::new(draw(&scenarios::scenario("calm").expect("a scenario"), Seed(1)))
}

#[test]
fn a_client_that_remembers_the_last_run_is_caught() {
    let difference = check(&plan(), &counting()).expect_err("two runs that differ");
    let text = difference.to_string();
    let Difference::Entries(pairs) = difference else { panic!("{text}") };
    assert_ne!(pairs[0].first, pairs[0].second);
    assert!(
        text.starts_with("two runs of one plan differ; the first entries that do:\n"),
        "{text}"
    );
    assert!(text.contains("    first run  ") && text.contains("    second run "), "{text}");
}

#[test]
fn the_client_inside_it_is_deterministic() {
    check(&plan(), &pooled()).expect("two equal runs");
}
