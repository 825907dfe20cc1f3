//! A near-cache: a map in the gateway's own process in front of the pooled client, and a feed
//! that tells it what other gateways have changed.

use super::feed::{follow, publication};
use super::near_map::{NearMap, Upkeep};
use super::nodes::Nodes;
use super::{RespClient, Strict, StrictByIndex};
use crate::client::{CacheClient, CacheError, ClientConfig, Connections, Dialer, When};
use crate::resp::Reply;
use async_trait::async_trait;
use bytes::Bytes;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// A near-cache with the rules `U`.
pub struct NearCache<U> {
    dialer: Dialer,
    behind: RespClient<Strict, StrictByIndex>,
    /// One map for each cache node, with a feed from it.
    near: Vec<Arc<NearMap<U>>>,
    op_timeout: Duration,
}

impl<U: Upkeep> NearCache<U> {
    /// Makes the client. Its feeds begin to connect.
    ///
    /// # Errors
    /// None.
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let behind = RespClient::connect(dialer.clone(), config).await?;
        let near: Vec<_> = (0..dialer.nodes()).map(|_| NearMap::new()).collect();
        for (node, map) in near.iter().enumerate() {
            madsim::task::spawn(follow(dialer.clone(), node, map.clone()));
        }
        Ok(Self { dialer, behind, near, op_timeout: config.op_timeout })
    }

    /// The map for a key, and the node that both are of.
    fn near(&self, key: &str) -> (&NearMap<U>, usize) {
        let node = self.dialer.node_of(key);
        (&self.near[node], node)
    }

    /// The value of a key on the server, and how long it has to live there, counted from before it
    /// was asked for. That is asked first: a value that is written in between lives longer.
    async fn fetch(
        &self,
        node: usize,
        key: &str,
    ) -> Result<(Option<Bytes>, Option<Duration>), CacheError> {
        let args = [b"PTTL", key.as_bytes()];
        let left_ms = self.behind.command(node, &args, int).await?;
        let left = u64::try_from(left_ms).ok().map(Duration::from_millis);
        Ok((self.behind.get(key).await?, left))
    }

    /// Tells the other gateways that a key was changed.
    async fn publish(
        &self,
        (map, node): (&NearMap<U>, usize),
        key: &str,
    ) -> Result<(), CacheError> {
        let args = publication(map.feed(), key);
        let args: Vec<_> = args.iter().map(Vec::as_slice).collect();
        self.behind.command(node, &args, int).await.map(|_| ())
    }

    /// All that a call does ends within the time-out of one operation.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        self.dialer.timeout(self.op_timeout, pin!(work)).await?
    }
}

fn int(reply: Reply) -> Result<i64, Reply> {
    match reply {
        Reply::Int(number) => Ok(number),
        other => Err(other),
    }
}

#[async_trait]
impl<U: Upkeep> CacheClient for NearCache<U> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (map, node) = self.near(key);
        let now = self.dialer.moment();
        if let Some(value) = map.look_up(key, now.clone()) {
            return Ok(Some(value));
        }
        let fetch = map.fetch(key);
        let (value, left) = self.in_time(self.fetch(node, key)).await?;
        if let (Some(value), Some(left)) = (&value, left) {
            fetch.keep(value, now, left);
        }
        Ok(value)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let look_up = |key: &String| self.near(key).0.look_up(key, self.dialer.moment());
        let mut found: Vec<_> = keys.iter().map(look_up).collect();
        let missing: Vec<_> = (0..keys.len()).filter(|&at| found[at].is_none()).collect();
        if !missing.is_empty() {
            let asked: Vec<_> = missing.iter().map(|&at| keys[at].clone()).collect();
            for (at, value) in missing.into_iter().zip(self.behind.mget(&asked).await?) {
                found[at] = value;
            }
        }
        Ok(found)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (map, node) = self.near(key);
        map.changed(key);
        let (fetch, now) = (map.fetch(key), self.dialer.moment());
        self.in_time(async {
            self.behind.set(key, value, ttl).await?;
            self.publish((map, node), key).await
        })
        .await?;
        fetch.keep(value, now, ttl);
        Ok(())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let (map, node) = self.near(key);
        // Again at the end, however the call ends: somebody may have fetched it meanwhile.
        let _again = Forget { map, key };
        map.changed(key);
        self.in_time(async {
            self.behind.del(key).await?;
            self.publish((map, node), key).await
        })
        .await
    }

    /// Nothing is kept of it. What is written on a condition may tell of a change, and then whoever
    /// fetched the key meanwhile, here too, may have what was before.
    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let (map, node) = self.near(key);
        // Whatever came of it: what the map holds may be what the condition was not true of.
        let _forget = Forget { map, key };
        map.changed(key);
        self.in_time(async {
            let written = self.behind.set_if(key, value, ttl, when).await?;
            if written {
                self.publish((map, node), key).await?;
            }
            Ok(written)
        })
        .await
    }

    fn connections(&self) -> Connections {
        Connections::Exclusive
    }

    fn keeps_values(&self) -> bool {
        true
    }
}

/// Has the map forget a key when dropped.
struct Forget<'c, U: Upkeep> {
    map: &'c NearMap<U>,
    key: &'c str,
}

impl<U: Upkeep> Drop for Forget<'_, U> {
    fn drop(&mut self) {
        self.map.changed(self.key);
    }
}
