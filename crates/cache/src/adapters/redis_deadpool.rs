//! The `redis` crate's `MultiplexedConnection` through `deadpool`: several per node, each lent to
//! one caller at a time.
//!
//! The manager works like that of `deadpool-redis`: a connection that leaves the pool is pinged
//! with a unique number, and discarded if another number comes back.

use super::calls::calls_in;
use super::pooled::{pools, unpooled};
use super::redis_rs::{Driven, dialled};
use crate::client::{CacheError, ClientConfig, Connections, Dialer};
use deadpool::managed::{self, Metrics, Pool, RecycleError, RecycleResult};
use redis::{Cmd, FromRedisValue};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A pool of multiplexed connections to each cache node.
pub struct RedisDeadpool {
    dialer: Dialer,
    pools: Vec<Pool<Manager>>,
    op_timeout: Duration,
}

struct Manager {
    dialer: Dialer,
    node: usize,
    pings: AtomicU64,
}

impl managed::Manager for Manager {
    type Type = Driven;
    type Error = CacheError;

    async fn create(&self) -> Result<Driven, CacheError> {
        dialled(&self.dialer, self.node).await
    }

    async fn recycle(&self, driven: &mut Driven, _: &Metrics) -> RecycleResult<CacheError> {
        let sent = self.pings.fetch_add(1, Ordering::Relaxed).to_string();
        let ping = redis::cmd("PING").arg(&sent).to_owned();
        let echoed: String = ping.query_async(&mut driven.connection).await.map_err(translate)?;
        if echoed == sent { Ok(()) } else { Err(RecycleError::message("another ping's answer")) }
    }
}

impl RedisDeadpool {
    /// Creates the client. It dials when it is first used.
    ///
    /// # Errors
    /// [`CacheError::Protocol`] if `deadpool` rejects its configuration.
    #[expect(clippy::unused_async, reason = "a connector is async: some clients dial at once")]
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let manager = |node| Manager { dialer: dialer.clone(), node, pings: AtomicU64::default() };
        let pools = pools(dialer.nodes(), config.pool_size, manager)?;
        Ok(Self { pools, op_timeout: config.op_timeout, dialer })
    }

    async fn query<T: FromRedisValue>(&self, node: usize, command: Cmd) -> Result<T, CacheError> {
        let work = async {
            let mut driven = self.pools[node].get().await.map_err(unpooled)?;
            command.query_async(&mut driven.connection).await.map_err(translate)
        };
        self.dialer.timeout(self.op_timeout, work).await?
    }
}

calls_in!(redis, RedisDeadpool, Connections::Shared);
