//! A client whose connections stay in slots and are cleaned when a call is dropped.

use super::slot_release::SlotRelease;
use super::slots::Slots;
use crate::client::{CacheClient, CacheError, ClientConfig, Connections, Dialer, When};
use crate::clients::mget_merge::ByIndex;
use crate::clients::nodes::{self, Nodes};
use crate::resp::Reply;
use async_trait::async_trait;
use bytes::Bytes;
use std::pin::pin;
use std::time::Duration;

/// A client with some slots per node, lent by the rules `L`.
pub struct SlottedClient<L> {
    dialer: Dialer,
    pools: Vec<Slots<L>>,
    /// The time for which a call waits for a slot, and then again for the reply.
    patience: Duration,
}

impl<L: SlotRelease> SlottedClient<L> {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let patience = config.op_timeout / 2;
        let pool = |node| Slots::new(dialer.clone(), node, config.pool_size, patience);
        let pools = (0..dialer.nodes()).map(pool).collect();
        Ok(Self { dialer, pools, patience })
    }
}

impl<L: SlotRelease> Nodes for SlottedClient<L> {
    fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    async fn command<T: Send>(
        &self,
        node: usize,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply> + Send,
    ) -> Result<T, CacheError> {
        let lending = pin!(self.pools[node].check_out());
        let mut lease = self.dialer.timeout(self.patience, lending).await??;
        lease.request(args, read).await
    }
}

#[async_trait]
impl<L: SlotRelease> CacheClient for SlottedClient<L> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        nodes::get(self, key).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        nodes::mget::<_, ByIndex>(self, keys).await
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
