//! A client that stores values in an encoding of its own can write on the condition that a key holds a
//! certain value.

use bytes::Bytes;
use crosswire_cache::cancel::Cancellation;
use crosswire_cache::probe::{Bench, Probe};
use crosswire_cache::seal::Sealer;
use crosswire_cache::server::CacheNode;
use crosswire_cache::tap::Tap;
use crosswire_cache::{CacheClient, CacheError, ClientConfig, Dialer, When, async_trait};
use crosswire_history::{Journal, NodeId, NodeKind};
use crosswire_wire::{LinkSpec, Net, Site};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::Arc;
use std::time::Duration;

const TTL: Duration = Duration::from_mins(1);

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
    madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(async {
        let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(2)));
        for kind in [NodeKind::Gateway, NodeKind::Cache] {
            net.add_site(NodeId::new(kind, 0), |_| LinkSpec::default());
        }
        madsim::task::spawn(net.clone().drive(Vec::new()));
        let journal = Journal::default();
        let tap = Tap::new(&net, &journal);
        let (gateway, cache) = (Site(0), Site(1));
        madsim::task::spawn(CacheNode::new(&net, cache, &journal, &tap, 0).serve());
        let op_timeout = Duration::from_secs(1);
        let dialer = Dialer::new(&net, gateway, &[cache], &tap);
        let config = ClientConfig { pool_size: 2, op_timeout };
        let pooled = crosswire_cache::all().iter().find(|spec| spec.name == "pooled").unwrap();
        let client = (pooled.connect)()(dialer, config).await.unwrap();
        let bench = Bench {
            net: net.clone(),
            cancellation: Cancellation::new(&net, &journal, None),
            journal,
            tap,
            sealer: Sealer::new(3),
            person_of: |_| None,
            compares: true,
        };
        let node = NodeId::new(NodeKind::Gateway, 0);
        let probe = Probe::new(Arc::new(Backwards(client)), node, bench, op_timeout);

        probe.set("k", b"one", TTL).await.unwrap();
        assert_eq!(probe.get("k").await.unwrap().unwrap(), "one");
        let replaces = async |there: &'static [u8], value: &'static [u8]| {
            probe.set_if("k", value, TTL, When::Equals(there)).await.unwrap()
        };
        assert!(!replaces(b"none", b"two").await, "the key holds something else");
        assert!(replaces(b"one", b"two").await, "it holds what was read");
        assert!(!replaces(b"one", b"three").await, "it holds that no more");
        assert!(replaces(b"two", b"three").await, "it holds what was written");
        assert_eq!(probe.get("k").await.unwrap().unwrap(), "three");
        net.close();
    });
}
