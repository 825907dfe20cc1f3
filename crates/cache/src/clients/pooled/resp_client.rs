//! The pooled client: a pool per node, keys spread over the nodes.

use super::batch::{Batch, Mget};
use super::hygiene::Hygiene;
use super::pool::Pool;
use crate::client::{CacheClient, CacheError, ClientConfig, Connections, Dialer, When};
use crate::clients::mget_merge::{Answer, MgetMerge};
use crate::clients::nodes::{self, Nodes};
use crate::resp::Reply;
use async_trait::async_trait;
use bytes::Bytes;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

/// A pooled client with the rules `H` for its connections. In a multi-get, `B` asks one node and
/// `G` merges the answers.
pub struct RespClient<H, G, B = Mget> {
    dialer: Dialer,
    pools: Vec<Pool<H>>,
    op_timeout: Duration,
    rules: PhantomData<(G, B)>,
}

impl<H: Hygiene, G: MgetMerge, B: Batch> RespClient<H, G, B> {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let pool = |node| Pool::new(dialer.clone(), node, config.pool_size);
        let pools = (0..dialer.nodes()).map(pool).collect();
        Ok(Self { pools, op_timeout: config.op_timeout, rules: PhantomData, dialer })
    }
}

impl<H: Hygiene, G: MgetMerge, B: Batch> Nodes for RespClient<H, G, B> {
    fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    /// Borrows a connection, asks, and gives it back, all within the time-out.
    async fn command<T: Send>(
        &self,
        node: usize,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply> + Send,
    ) -> Result<T, CacheError> {
        // Pinned here: passed on by value, each of the surrounding futures would hold it twice.
        let work = pin!(async {
            let mut lease = self.pools[node].check_out().await?;
            lease.request(args, read).await
        });
        self.dialer.timeout(self.op_timeout, work).await?
    }

    async fn values(&self, node: usize, keys: &[&[u8]]) -> Answer {
        let work = pin!(async {
            let mut lease = self.pools[node].check_out().await?;
            B::ask(lease.connection()?, keys).await
        });
        self.dialer.timeout(self.op_timeout, work).await?
    }
}

#[async_trait]
impl<H: Hygiene, G: MgetMerge, B: Batch> CacheClient for RespClient<H, G, B> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        nodes::get(self, key).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        nodes::mget::<_, G>(self, keys).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        nodes::set(self, key, value, ttl).await
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        nodes::del(self, key).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        nodes::set_if(self, key, value, ttl, when).await
    }

    fn connections(&self) -> Connections {
        Connections::Exclusive
    }
}
