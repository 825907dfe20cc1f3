//! The `redis` crate's `aio::Connection` in 0.29.5, its last version, through `deadpool`.
//!
//! The bug is in the library: a future that is dropped after its command was sent leaves the reply
//! on the connection, and every later call reads the reply to the previous one. Trigger: a call
//! cancelled or timed out while its reply is in flight. Public reports are redis-rs issues 325 and
//! 489 and deadpool issue 97, in which a `GET` was answered with `PONG`; the type was deprecated in
//! favour of `MultiplexedConnection` and removed in 0.30.
//!
//! The manager is the one in `deadpool`'s documentation: it creates connections and accepts
//! returned ones unchecked. A connection that reported an error is removed from the pool.

#![expect(deprecated, reason = "the deprecated bug is the reason for this client")]

use super::calls::calls_in;
use super::pooled::{pools, unpooled};
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use crate::tap::CacheStream;
use deadpool::managed::{self, Metrics, Object, Pool, RecycleResult};
use redis_0_29::aio::Connection;
use redis_0_29::{Cmd, FromRedisValue, RedisConnectionInfo};
use std::time::Duration;

/// A pool of connections to each cache node.
pub struct Redis029 {
    dialer: Dialer,
    pools: Vec<Pool<Manager>>,
    op_timeout: Duration,
}

struct Manager {
    dialer: Dialer,
    node: usize,
}

impl managed::Manager for Manager {
    type Type = Connection<CacheStream>;
    type Error = CacheError;

    async fn create(&self) -> Result<Connection<CacheStream>, CacheError> {
        let stream = self.dialer.dial(self.node).await?;
        Connection::new(&RedisConnectionInfo::default(), stream).await.map_err(translate)
    }

    async fn recycle(
        &self,
        _: &mut Connection<CacheStream>,
        _: &Metrics,
    ) -> RecycleResult<CacheError> {
        Ok(())
    }
}

impl Redis029 {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// [`CacheError::Protocol`] if `deadpool` rejects its configuration.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let manager = |node| Manager { dialer: dialer.clone(), node };
        let pools = pools(dialer.nodes(), config.pool_size, manager)?;
        Ok(Self { pools, op_timeout: config.op_timeout, dialer })
    }

    async fn query<T: FromRedisValue>(&self, node: usize, command: Cmd) -> Result<T, CacheError> {
        let work = async {
            let mut connection = self.pools[node].get().await.map_err(unpooled)?;
            let reply = command.query_async(&mut *connection).await.map_err(translate);
            if matches!(reply, Err(CacheError::Connection(_))) {
                drop(Object::take(connection));
            }
            reply
        };
        self.dialer.timeout(self.op_timeout, work).await?
    }
}

calls_in!(redis_0_29, Redis029, Connections::Exclusive);
