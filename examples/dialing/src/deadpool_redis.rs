//! `deadpool-redis`: a pool for each cache node.

use crate::calls::{Answer, Library};
use crate::redis_rs::{ask, translated};
use crosswire::cache::{CacheError, ClientConfig, Dialer};
use deadpool_redis::{Config, Pool, PoolConfig, PoolError, Runtime};

/// A pool for each cache node.
pub struct Deadpool(Vec<Pool>);

impl Library for Deadpool {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let pool = |address| {
            let mut settings = Config::from_url(format!("redis://{address}"));
            let mut pool = PoolConfig::new(config.pool_size);
            pool.timeouts.wait = Some(config.op_timeout / 2);
            pool.timeouts.create = Some(config.op_timeout / 2);
            settings.pool = Some(pool);
            let made = settings.create_pool(Some(Runtime::Tokio1));
            made.map_err(|error| CacheError::Protocol(error.to_string()))
        };
        let pools = crosswire_dial::addresses(dialer).into_iter().map(pool);
        Ok(Self(pools.collect::<Result<_, _>>()?))
    }

    async fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        let mut connection = self.0[node].get().await.map_err(|error| match error {
            PoolError::Backend(error) => translated(error),
            PoolError::Timeout(_) => CacheError::Timeout,
            other => CacheError::Protocol(other.to_string()),
        })?;
        ask(&mut connection, command, args).await
    }
}
