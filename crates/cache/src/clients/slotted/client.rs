//! A client whose connections stay in slots and are cleaned when a call is dropped.

use super::slot_release::SlotRelease;
use super::slots::Slots;
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use crate::clients::mget_merge::ByIndex;
use crate::clients::nodes::Nodes;
use crate::resp::Reply;
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
    type Place = usize;
    type Merge = ByIndex;
    const CONNECTIONS: Connections = Connections::Exclusive;

    fn find<'k>(&self, key: &'k str) -> (usize, &'k [u8]) {
        (self.dialer.node_of(key), key.as_bytes())
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
