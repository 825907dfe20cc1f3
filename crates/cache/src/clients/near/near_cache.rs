//! A near-cache: a store in the gateway's process in front of a client, and a feed of the changes
//! that other gateways make.

use super::feed::{follow, publication};
use super::local_side::LocalSide;
use super::local_store::{Backend, Found, LocalStore};
use crate::client::{CacheClient, CacheError, ClientConfig, Connections, Dialer, When};
use crate::clients::mget_merge::StrictByIndex;
use crate::clients::nodes::Nodes;
use crate::clients::pooled::{RespClient, Strict};
use crate::resp::Reply;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// A near-cache that keeps values in `S`, in front of `B`.
pub struct NearCache<S: LocalStore, B = RespClient<Strict, StrictByIndex>> {
    dialer: Dialer,
    backend: B,
    /// One for each cache node, with a feed from it.
    near: Vec<Arc<LocalSide<S>>>,
    op_timeout: Duration,
}

impl<S: LocalStore, B: Backend> NearCache<S, B> {
    /// Creates the client. Its feeds begin to connect.
    ///
    /// # Errors
    /// None.
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let backend = B::connect(dialer.clone(), config).await?;
        let empty = || Arc::new(LocalSide::new());
        let near: Vec<_> = (0..dialer.nodes()).map(|_| empty()).collect();
        for (node, near) in near.iter().enumerate() {
            madsim::task::spawn(follow(dialer.clone(), node, near.clone()));
        }
        Ok(Self { dialer, backend, near, op_timeout: config.op_timeout })
    }

    /// Returns the local side of a key's node, and the node.
    fn near(&self, key: &str) -> (&LocalSide<S>, usize) {
        let node = self.dialer.node_of(key);
        (&self.near[node], node)
    }

    /// Announces a changed key to the other gateways.
    async fn publish(
        &self,
        (near, node): (&LocalSide<S>, usize),
        key: &str,
    ) -> Result<(), CacheError> {
        let args = publication(near.feed(), key);
        let args: Vec<_> = args.iter().map(Vec::as_slice).collect();
        self.backend.number(node, &args).await.map(|_| ())
    }

    /// Runs the work of one call within the time-out of one operation.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        self.dialer.timeout(self.op_timeout, pin!(work)).await?
    }
}

impl Backend for RespClient<Strict, StrictByIndex> {
    async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        Self::connect(dialer, config).await
    }

    async fn fetch(&self, node: usize, key: &str) -> Result<Found, CacheError> {
        let left_ms = self.number(node, &[b"PTTL", key.as_bytes()]).await?;
        let left = u64::try_from(left_ms).ok().map(Duration::from_millis);
        Ok((self.get(key).await?, left))
    }

    async fn number(&self, node: usize, command: &[&[u8]]) -> Result<i64, CacheError> {
        let int = |reply| match reply {
            Reply::Int(number) => Ok(number),
            other => Err(other),
        };
        self.command(node, command, int).await
    }
}

#[async_trait]
impl<S: LocalStore, B: Backend> CacheClient for NearCache<S, B> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (near, node) = self.near(key);
        let fetch = self.backend.fetch(node, key);
        self.in_time(near.store.read(key, self.dialer.moment(), fetch)).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.near(key).0.store.look_up(key, self.dialer.moment()).await);
        }
        let missing: Vec<_> = (0..keys.len()).filter(|&at| found[at].is_none()).collect();
        if !missing.is_empty() {
            let asked: Vec<_> = missing.iter().map(|&at| keys[at].clone()).collect();
            for (at, value) in missing.into_iter().zip(self.backend.mget(&asked).await?) {
                found[at] = value;
            }
        }
        Ok(found)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (near, node) = self.near(key);
        let write = async {
            self.backend.set(key, value, ttl).await?;
            self.publish((near, node), key).await
        };
        let now = self.dialer.moment();
        self.in_time(near.store.write(key, now, (value, ttl), write)).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let (near, node) = self.near(key);
        // Again at the end, however the call ends: another call may have fetched the old value
        // meanwhile.
        let _again = Forget { store: &near.store, key };
        self.in_time(async {
            near.store.changed(key).await;
            self.backend.del(key).await?;
            self.publish((near, node), key).await
        })
        .await
    }

    /// Writes on a condition and keeps nothing. Such a write may be part of a change, and then any
    /// read meanwhile, in this gateway too, may have fetched the old value.
    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let (near, node) = self.near(key);
        // In any outcome: the value kept may be the very one that made the condition false.
        let _forget = Forget { store: &near.store, key };
        self.in_time(async {
            near.store.changed(key).await;
            let written = self.backend.set_if(key, value, ttl, when).await?;
            if written {
                self.publish((near, node), key).await?;
            }
            Ok(written)
        })
        .await
    }

    fn connections(&self) -> Connections {
        self.backend.connections()
    }

    fn keeps_values(&self) -> bool {
        true
    }

    fn joins_reads(&self) -> bool {
        S::JOINS
    }
}

/// Makes the local store forget a key when dropped.
struct Forget<'c, S: LocalStore> {
    store: &'c S,
    key: &'c str,
}

impl<S: LocalStore> Drop for Forget<'_, S> {
    fn drop(&mut self) {
        // Nothing can be awaited here. One poll is enough to remove the value.
        self.store.changed(self.key).now_or_never();
    }
}
