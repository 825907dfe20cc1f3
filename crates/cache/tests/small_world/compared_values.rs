//! Conditional writes through a client that stores values in an encoding that it chose.

use crate::{TTL, config, on_a_world};
use bytes::Bytes;
use crosswire_cache::{CacheClient, CacheError, When, async_trait};
use crosswire_net::LinkSpec;
use std::sync::Arc;
use std::time::Duration;

/// Stores each value backwards.
struct Backwards(Arc<dyn CacheClient>);

fn turned(value: &[u8]) -> Vec<u8> {
    value.iter().rev().copied().collect()
}

#[async_trait]
impl CacheClient for Backwards {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let stored = self.0.get(key).await?;
        Ok(stored.map(|stored| turned(&stored).into()))
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let stored = self.0.mget(keys).await?.into_iter();
        Ok(stored.map(|stored| stored.map(|stored| turned(&stored).into())).collect())
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        self.0.set(key, &turned(value), ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.0.del(key).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        match when {
            When::Absent => self.0.set_if(key, &turned(value), ttl, when).await,
            When::Equals(there) => {
                let there = turned(there);
                self.0.set_if(key, &turned(value), ttl, When::Equals(&there)).await
            }
        }
    }
}

#[test]
fn a_write_takes_place_if_the_key_holds_what_was_read_or_written() {
    on_a_world(LinkSpec::default(), (), async |world| {
        let pooled = crosswire_cache::all().iter().find(|spec| spec.name == "pooled").unwrap();
        let client = (pooled.connect)()(world.dialer.clone(), config(2)).await.unwrap();
        let probe = world.probe(Arc::new(Backwards(client)), true);
        probe.set("k", b"one", TTL).await.unwrap();
        assert_eq!(probe.get("k").await.unwrap().unwrap(), "one");
        let replaces = async |there: &'static [u8], value: &'static [u8]| {
            probe.set_if("k", value, TTL, When::Equals(there)).await.unwrap()
        };
        assert!(!replaces(b"none", b"two").await, "the key holds something else");
        assert!(replaces(b"one", b"two").await, "it holds what was read");
        assert!(!replaces(b"one", b"three").await, "it no longer holds that");
        assert!(replaces(b"two", b"three").await, "it holds what was written");
        assert_eq!(probe.get("k").await.unwrap().unwrap(), "three");
    });
}
