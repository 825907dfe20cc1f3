//! A client of our own: a pool to each node, keys spread over the nodes.

use super::gather::{Answer, Gather};
use super::hygiene::Hygiene;
use super::pool::Pool;
use crate::client::{CacheClient, CacheError, ClientConfig, Connections, Dialer, When};
use crate::resp::Reply;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use std::iter::once;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

/// A pooled client with the rules `H` for its connections and `G` for its multi-gets.
pub struct RespClient<H, G> {
    dialer: Dialer,
    pools: Vec<Pool<H>>,
    op_timeout: Duration,
    gather: PhantomData<G>,
}

impl<H: Hygiene, G: Gather> RespClient<H, G> {
    /// Makes the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "one that dials at once is async")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let pool = |node| Pool::new(dialer.clone(), node, config.pool_size);
        let pools = (0..dialer.nodes()).map(pool).collect();
        Ok(Self { pools, op_timeout: config.op_timeout, gather: PhantomData, dialer })
    }

    /// One command to one node: borrow a connection, ask, give it back; all within the time-out.
    async fn command<T>(
        &self,
        node: usize,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply>,
    ) -> Result<T, CacheError> {
        // Pinned here: handed on by value, each of the futures around it would keep it twice.
        let work = pin!(async {
            let mut lease = self.pools[node].check_out().await?;
            lease.request(args, read).await
        });
        self.dialer.timeout(self.op_timeout, work).await?
    }

    async fn mget_node(&self, node: usize, keys: &[String], share: &[usize]) -> Answer {
        let asked = share.iter().map(|&at| keys[at].as_bytes());
        let args: Vec<&[u8]> = once(b"MGET".as_slice()).chain(asked).collect();
        self.command(node, &args, |reply| match reply {
            Reply::Array(values) if values.len() == share.len() => {
                values.into_iter().map(bulk_or_nil).collect()
            }
            other => Err(other),
        })
        .await
    }
}

fn bulk_or_nil(reply: Reply) -> Result<Option<Bytes>, Reply> {
    match reply {
        Reply::Bulk(value) => Ok(Some(value)),
        Reply::Nil => Ok(None),
        other => Err(other),
    }
}

#[async_trait]
impl<H: Hygiene, G: Gather> CacheClient for RespClient<H, G> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let node = self.dialer.node_of(key);
        self.command(node, &[b"GET", key.as_bytes()], bulk_or_nil).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let mut shares = vec![Vec::new(); self.pools.len()];
        for (at, key) in keys.iter().enumerate() {
            shares[self.dialer.node_of(key)].push(at);
        }
        // Counted first: of an iterator without a length `join_all` keeps room for several.
        let nodes: Vec<_> = (0..shares.len()).filter(|&node| !shares[node].is_empty()).collect();
        let asking = nodes.iter().map(|&node| self.mget_node(node, keys, &shares[node]));
        let answers = join_all(asking).await;
        shares.retain(|share| !share.is_empty());
        G::gather(keys.len(), &shares, answers)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let args = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        let node = self.dialer.node_of(key);
        let read = |reply| if matches!(reply, Reply::Simple(_)) { Ok(()) } else { Err(reply) };
        self.command(node, &args, read).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let node = self.dialer.node_of(key);
        let read = |reply| if matches!(reply, Reply::Int(_)) { Ok(()) } else { Err(reply) };
        self.command(node, &[b"DEL", key.as_bytes()], read).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let mut args = vec![b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        match when {
            When::Absent => args.push(b"NX"),
            When::Equals(there) => args.extend([b"IFEQ".as_slice(), there]),
        }
        let node = self.dialer.node_of(key);
        let read = |reply| match reply {
            Reply::Simple(_) => Ok(true),
            Reply::Nil => Ok(false),
            other => Err(other),
        };
        self.command(node, &args, read).await
    }

    fn connections(&self) -> Connections {
        Connections::Exclusive
    }
}
