//! redis-rs' `aio::ConnectionManager` with its cache: values stay in memory until the server says
//! that they changed (RESP3). The manager replaces a lost connection by itself.

extern crate redis;

mod kit;
mod redis_rs;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::caching::CacheConfig;
use redis::{Client, FromRedisValue, RedisResult};
use redis_rs::{RedisRs, Request, text};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::OnceCell;

#[derive(Clone)]
struct Cached {
    client: Client,
    manager: Rc<OnceCell<ConnectionManager>>,
}

impl Cached {
    async fn manager(&self) -> RedisResult<ConnectionManager> {
        let config = ConnectionManagerConfig::new()
            .set_cache_config(CacheConfig::new())
            // The schedule decides when a reply is late, and a connection is replaced at once.
            .set_response_timeout(None)
            .set_connection_timeout(None)
            .set_min_delay(Duration::ZERO)
            .set_max_delay(Duration::ZERO);
        let made = || ConnectionManager::new_with_config(self.client.clone(), config);
        self.manager.get_or_try_init(made).await.cloned()
    }
}

impl RedisRs for Cached {
    const CLIENT: &'static str = "aio::ConnectionManager, cache";
    const CONNECTIONS: &'static str = "shared";
    const CACHES: bool = true;

    fn of(address: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(address)?, manager: Rc::default() })
    }

    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        request.sent(&mut self.manager().await.map_err(text)?).await.map_err(text)
    }
}

fn main() {
    kit::run::<Cached>();
}
