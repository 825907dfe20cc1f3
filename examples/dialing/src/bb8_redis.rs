//! `bb8-redis`: a pool for each cache node.

use crate::calls::{Answer, Library};
use crate::redis_rs::{ask, translated};
use bb8_redis::RedisConnectionManager;
use bb8_redis::bb8::{Pool, RunError};
use crosswire::cache::{CacheError, ClientConfig, Dialer};

/// A pool for each cache node.
pub struct Bb8(Vec<Pool<RedisConnectionManager>>);

impl Library for Bb8 {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let pool = |address| {
            let manager = RedisConnectionManager::new(format!("redis://{address}"))?;
            // Its ping at checkout ends after the 500 ms of the redis crate. A checkout that ended
            // sooner would return a dead connection to the pool.
            let pool = Pool::builder().max_size(config.pool_size as u32);
            Ok(pool.connection_timeout(config.op_timeout).build_unchecked(manager))
        };
        let pools = crosswire_dial::addresses(dialer).into_iter().map(pool);
        Ok(Self(pools.collect::<Result<_, _>>().map_err(translated)?))
    }

    async fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        let mut connection = self.0[node].get().await.map_err(|error| match error {
            RunError::User(error) => translated(error),
            RunError::TimedOut => CacheError::Timeout,
        })?;
        ask(&mut *connection, command, args).await
    }
}
