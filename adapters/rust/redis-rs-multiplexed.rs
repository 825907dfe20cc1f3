//! redis-rs' `aio::MultiplexedConnection`: all calls share it, each with a clone. A lost connection
//! is replaced by a new one, as its documentation asks of users.

extern crate redis;

mod kit;
mod redis_rs;

use redis::aio::MultiplexedConnection;
use redis::{Client, FromRedisValue, RedisResult};
use redis_rs::{RedisRs, Request, is_lost, text};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Old versions have no time-out, and no method to set one. Where the connection has a method
/// of this name, Rust prefers it to this one, so the adapter has one form for all versions.
#[allow(dead_code)]
trait WithoutTimeout {
    fn set_response_timeout(&mut self, _: Duration) {}
}

impl WithoutTimeout for MultiplexedConnection {}

#[derive(Clone)]
struct Shared {
    client: Client,
    connection: Rc<Mutex<Option<MultiplexedConnection>>>,
}

impl Shared {
    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut held = self.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let mut opened = self.client.get_multiplexed_async_connection().await?;
        // The schedule decides when a reply is late, not a time-out of half a second.
        opened.set_response_timeout(Duration::MAX);
        Ok(held.insert(opened).clone())
    }
}

impl RedisRs for Shared {
    const CLIENT: &'static str = "aio::MultiplexedConnection";
    const CONNECTIONS: &'static str = "shared";

    fn of(address: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(address)?, connection: Rc::default() })
    }

    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        let mut connection = self.connection().await.map_err(text)?;
        let done = request.sent(&mut connection).await;
        if is_lost(&done) {
            *self.connection.lock().await = None;
        }
        done.map_err(text)
    }
}

fn main() {
    kit::run::<Shared>();
}
