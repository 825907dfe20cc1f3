//! A client that keeps values says so. It is then not accused of what it kept, and still is of a
//! reply that was not its own.

use crosswire::Storm;
use crosswire::cache::clients::{
    FlushOnLoss, NearCache, RespClient, Strict, StrictByIndex, Trusting,
};
use crosswire::cache::{CacheClient, CacheError, Connections, async_trait};
use std::time::Duration;

/// A client that says of itself that it keeps values, or not, whatever is true.
struct Says<C>(C, bool);

#[async_trait]
impl<C: CacheClient> CacheClient for Says<C> {
    async fn get(&self, key: &str) -> Result<Option<bytes::Bytes>, CacheError> {
        self.0.get(key).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<bytes::Bytes>>, CacheError> {
        self.0.mget(keys).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.0.set(key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.0.del(key).await
    }

    fn connections(&self) -> Connections {
        self.0.connections()
    }

    fn keeps_values(&self) -> bool {
        self.1
    }
}

fn crossed(storm: Storm) -> u64 {
    let outcome = storm.seeds(3).run();
    let runs = outcome.runs.iter().map(|(_, run)| run.as_ref().expect("no panic"));
    runs.map(|played| played.findings.counts.get("I4").copied().unwrap_or(0)).sum()
}

fn storm() -> Storm {
    Storm::named("reconnect-storm")
}

#[test]
fn a_stale_reply_is_no_kept_value() {
    let silent = storm().client("pooled-cancel-desync");
    let saying = storm().cache_client("saying", |dialer, config| async move {
        let client = RespClient::<Trusting, StrictByIndex>::connect(dialer, config).await?;
        Ok(Says(client, true))
    });
    let (expected, found) = (crossed(silent), crossed(saying));
    assert!(expected > 0);
    // But for a reply that was read off the wire before the call began: that one may be kept.
    assert!(found * 10 >= expected * 9 && found <= expected, "{found} of {expected}");
}

#[test]
fn a_kept_value_is_a_stale_reply_of_a_client_that_does_not_say_so() {
    let near = |says| {
        storm().cache_client("near", move |dialer, config| async move {
            Ok(Says(NearCache::<FlushOnLoss>::connect(dialer, config).await?, says))
        })
    };
    assert_eq!(crossed(near(true)), 0);
    assert!(crossed(near(false)) > 0);
}

#[test]
fn what_is_said_makes_no_difference_to_a_client_that_keeps_nothing() {
    let right = storm().cache_client("right", |dialer, config| async move {
        Ok(Says(RespClient::<Strict, StrictByIndex>::connect(dialer, config).await?, true))
    });
    assert_eq!(crossed(right), 0);
}
