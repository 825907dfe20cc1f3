//! The `redis` crate's `MultiplexedConnection`: one connection to each node that all callers
//! share, with replies matched to callers by their order.
//!
//! The crate's own response time-out is switched off, for it needs tokio's timer; the
//! simulation's stands around each call. A connection that has failed, or has not answered in
//! time, is replaced by a new one, as the crate's `ConnectionManager` does.

use crate::client::{CacheClient, CacheError, ClientConfig, Dialer, When};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A multiplexed connection to each cache node.
pub struct RedisRs {
    dialer: Dialer,
    nodes: Vec<Node>,
    op_timeout: Duration,
}

/// A cache node: one caller at a time dials it, the others wait for what comes of that.
#[derive(Default)]
struct Node {
    slot: Mutex<Slot>,
    dialling: tokio::sync::Mutex<()>,
}

/// The present connection to a node. `made` counts them, so that a caller who saw one fail does
/// not throw away its successor.
#[derive(Default)]
struct Slot {
    connection: Option<MultiplexedConnection>,
    made: u64,
}

impl RedisRs {
    /// Makes the client. It dials when it is first used.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unused_async, reason = "one that dials at once is async")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let nodes = (0..dialer.nodes()).map(|_| Node::default()).collect();
        Ok(Self { nodes, op_timeout: config.op_timeout, dialer })
    }

    async fn connection(&self, node: usize) -> Result<(MultiplexedConnection, u64), CacheError> {
        if let Some(present) = self.present(node) {
            return Ok(present);
        }
        let _turn = self.nodes[node].dialling.lock().await;
        if let Some(present) = self.present(node) {
            return Ok(present);
        }
        let stream = self.dialer.dial(node).await?;
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let info = RedisConnectionInfo::default();
        let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
        let (connection, driver) = made.map_err(translate)?;
        madsim::task::spawn(driver);
        let mut slot = self.slot(node);
        slot.made += 1;
        slot.connection = Some(connection.clone());
        Ok((connection, slot.made))
    }

    fn slot(&self, node: usize) -> MutexGuard<'_, Slot> {
        self.nodes[node].slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn present(&self, node: usize) -> Option<(MultiplexedConnection, u64)> {
        let slot = self.slot(node);
        Some((slot.connection.clone()?, slot.made))
    }

    fn forget(&self, node: usize, made: u64) {
        let mut slot = self.slot(node);
        if slot.made == made {
            slot.connection = None;
        }
    }

    async fn query<T: FromRedisValue>(&self, node: usize, command: Cmd) -> Result<T, CacheError> {
        let mut used = None;
        let work = async {
            let (mut connection, made) = self.connection(node).await?;
            used = Some(made);
            command.query_async(&mut connection).await.map_err(translate)
        };
        let result = self.dialer.timeout(self.op_timeout, work).await.and_then(|result| result);
        let failed = matches!(result, Err(CacheError::Connection(_) | CacheError::Timeout));
        if let Some(made) = used.filter(|_| failed) {
            self.forget(node, made);
        }
        result
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
fn translate(error: RedisError) -> CacheError {
    if error.is_io_error() || error.is_connection_dropped() || error.is_unrecoverable_error() {
        return CacheError::Connection(std::io::ErrorKind::ConnectionReset);
    }
    match error.code() {
        Some(_) => CacheError::Server(error.to_string()),
        None => CacheError::Protocol(error.to_string()),
    }
}

#[async_trait]
impl CacheClient for RedisRs {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let value: Option<Vec<u8>> = self.query(self.dialer.node_of(key), Cmd::get(key)).await?;
        Ok(value.map(Bytes::from))
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let mut shares = vec![Vec::new(); self.nodes.len()];
        for (at, key) in keys.iter().enumerate() {
            shares[self.dialer.node_of(key)].push(at);
        }
        let asked = shares.iter().enumerate().filter(|(_, share)| !share.is_empty());
        let answers = try_join_all(asked.map(|(node, share)| async move {
            let names: Vec<&str> = share.iter().map(|&at| keys[at].as_str()).collect();
            let values: Vec<Option<Vec<u8>>> = self.query(node, Cmd::mget(names)).await?;
            Ok::<_, CacheError>((share, values))
        }))
        .await?;
        let mut found = vec![None; keys.len()];
        for (share, values) in answers {
            for (&at, value) in share.iter().zip(values) {
                found[at] = value.map(Bytes::from);
            }
        }
        Ok(found)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let mut command = Cmd::set(key, value);
        command.arg("PX").arg(ttl.as_millis() as u64);
        self.query(self.dialer.node_of(key), command).await
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let mut command = Cmd::set(key, value);
        command.arg("PX").arg(ttl.as_millis() as u64);
        match when {
            When::Absent => command.arg("NX"),
            When::Equals(there) => command.arg("IFEQ").arg(there),
        };
        let done: Option<String> = self.query(self.dialer.node_of(key), command).await?;
        Ok(done.is_some())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let _: i64 = self.query(self.dialer.node_of(key), Cmd::del(key)).await?;
        Ok(())
    }
}
