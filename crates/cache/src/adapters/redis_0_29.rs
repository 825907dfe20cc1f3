//! The `redis` crate's `aio::Connection` as it was in 0.29.5, its last version, through `deadpool`.
//!
//! What is wrong is in the library: a future of it that is dropped after its command was sent
//! leaves the reply on the connection, and every later call on it reads the reply of the one before.
//! A call that is cancelled or timed out while its reply is in flight wakes it. Public reports are
//! redis-rs issues 325 and 489 and deadpool issue 97, in which a `GET` was answered with `PONG`;
//! the type was deprecated in favour of `MultiplexedConnection` and is gone since 0.30.
//!
//! The manager is that of `deadpool`'s own documentation: it makes a connection, and one that comes
//! back is taken as it is. One that told of an error is taken out of the pool.

#![expect(deprecated, reason = "it is here because it was deprecated, and why")]

use super::calls::calls_in;
use super::pooled::{pools, unpooled};
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use crate::tap::TappedStream;
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
    type Type = Connection<TappedStream>;
    type Error = CacheError;

    async fn create(&self) -> Result<Connection<TappedStream>, CacheError> {
        let stream = self.dialer.dial(self.node).await?;
        Connection::new(&RedisConnectionInfo::default(), stream).await.map_err(translate)
    }

    async fn recycle(
        &self,
        _: &mut Connection<TappedStream>,
        _: &Metrics,
    ) -> RecycleResult<CacheError> {
        Ok(())
    }
}

impl Redis029 {
    /// Makes the client. It dials when it is first used.
    ///
    /// # Errors
    /// [`CacheError::Protocol`] if `deadpool` does not like its configuration.
    #[expect(clippy::unused_async, reason = "one that dials at once is async")]
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
