//! A client with one connection to each node, shared by all callers and restored automatically.

use super::driver::Driver;
use super::reconnect::{Reconnect, Waiter};
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use crate::clients::mget_merge::{Answer, ByIndex};
use crate::clients::nodes::{Nodes, bulk_or_nil};
use crate::resp::{Reply, encode_command};
use bytes::BytesMut;
use futures_util::future::try_join_all;
use std::io;
use std::marker::PhantomData;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

/// A client that shares connections. `R` decides what happens when one is lost.
pub struct MultiplexedClient<R> {
    dialer: Dialer,
    /// The channel to each node's task.
    nodes: Vec<UnboundedSender<Waiter>>,
    op_timeout: Duration,
    rules: PhantomData<R>,
}

impl<R: Reconnect> MultiplexedClient<R> {
    /// Creates the client and starts its tasks. They dial when there is something to send.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let node = |node| {
            let (callers, commands) = unbounded_channel();
            let driver = Driver::<R>::new(dialer.clone(), node, config.op_timeout, commands);
            tokio::spawn(driver.run());
            callers
        };
        let nodes = (0..dialer.nodes()).map(node).collect();
        Ok(Self { nodes, op_timeout: config.op_timeout, rules: PhantomData, dialer })
    }
}

/// Returns whether a command that may have been carried out can be sent again: one that only reads.
fn is_idempotent(args: &[&[u8]]) -> bool {
    args.first().is_some_and(|name| *name == b"GET")
}

impl<R: Reconnect> Nodes for MultiplexedClient<R> {
    type Place = usize;
    type Merge = ByIndex;
    const CONNECTIONS: Connections = Connections::Shared;

    fn find<'k>(&self, key: &'k str) -> (usize, &'k [u8]) {
        (self.dialer.node_of(key), key.as_bytes())
    }

    async fn command<T: Send>(
        &self,
        node: usize,
        args: &[&[u8]],
        read: impl FnOnce(Reply) -> Result<T, Reply> + Send,
    ) -> Result<T, CacheError> {
        let mut command = BytesMut::new();
        encode_command(&mut command, args);
        let (answer, answered) = oneshot::channel();
        let (command, idempotent) = (command.freeze(), is_idempotent(args));
        let gone = || CacheError::Connection(io::ErrorKind::NotConnected);
        self.nodes[node].send(Waiter { command, idempotent, answer }).map_err(|_| gone())?;
        let reply = self.dialer.timeout(self.op_timeout, answered).await?;
        match reply.map_err(|_| gone())?? {
            Reply::Error(text) => Err(CacheError::Server(text)),
            reply => read(reply).map_err(|reply| CacheError::Protocol(format!("{reply:?}"))),
        }
    }

    /// Sends a GET for each key: on a shared connection they go out together anyway.
    async fn values(&self, node: usize, keys: &[&[u8]]) -> Answer {
        let get = |key| async move { self.command(node, &[b"GET", key], bulk_or_nil).await };
        try_join_all(keys.iter().map(|key| get(*key))).await
    }
}
