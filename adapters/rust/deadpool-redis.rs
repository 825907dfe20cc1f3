//! deadpool-redis, a pool of redis-rs' connections. A call that is given up gives its connection back
//! to the pool.

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
        let pool = Pool::builder(Manager::new(address)?).max_size(2);
        Ok(Self(pool.build().expect("a pool without time-outs")))
    }

    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        let mut held = self.0.get().await.map_err(|error| error.to_string())?;
        request.sent(&mut held).await.map_err(text)
    }
}

fn main() {
    kit::run::<Pooled>();
}
