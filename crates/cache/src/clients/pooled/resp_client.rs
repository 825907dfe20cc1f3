//! The pooled client: a pool per node, keys spread over the nodes.

use super::batch::{Batch, Mget};
use super::hygiene::Hygiene;
use super::pool::Pool;
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use crate::clients::mget_merge::{Answer, MgetMerge};
use crate::clients::nodes::Nodes;
use crate::resp::Reply;
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
    type Place = usize;
    type Merge = G;
    const CONNECTIONS: Connections = Connections::Exclusive;

    fn find<'k>(&self, key: &'k str) -> (usize, &'k [u8]) {
        (self.dialer.node_of(key), key.as_bytes())
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
