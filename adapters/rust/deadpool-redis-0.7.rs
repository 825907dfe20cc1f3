//! deadpool-redis of 2021, a pool of redis-rs' `aio::Connection`. A call that is given up gives its
//! connection back to the pool.

mod kit;
mod redis_rs;

use deadpool_redis::redis::{self, FromRedisValue, RedisResult};
use deadpool_redis::{Manager, Pool};
use redis_rs::{RedisRs, Request, text};

#[derive(Clone)]
struct Pooled(Pool);

impl RedisRs for Pooled {
    const LIBRARY: &'static str = "deadpool-redis";
    const CLIENT: &'static str = "pool of 2";
    const CONNECTIONS: &'static str = "exclusive";

    fn of(address: &str) -> RedisResult<Self> {
        Ok(Self(Pool::new(Manager::new(address)?, 2)))
    }

    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        let mut held = self.0.get().await.map_err(|error| error.to_string())?;
        let connection: &mut redis::aio::Connection = &mut held;
        request.sent(connection).await.map_err(text)
    }
}

fn main() {
    kit::run::<Pooled>();
}
