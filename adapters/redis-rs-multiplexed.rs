//! redis-rs' `aio::MultiplexedConnection`: all calls share it, each with a clone. A lost connection
//! is replaced by a new one, as its documentation asks of users.

mod adapter;
mod redis_rs;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, RedisResult};
use redis_rs::{RedisRs, Request, is_lost, text};
use std::rc::Rc;
use tokio::sync::Mutex;

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
        // The schedule decides when a reply is late, not a time-out of half a second.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let opened = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(held.insert(opened).clone())
    }
}

impl RedisRs for Shared {
    const CLIENT: &'static str = "aio::MultiplexedConnection";
    const CONNECTIONS: &'static str = "shared";

    fn of(client: Client) -> Self {
        Self { client, connection: Rc::default() }
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
    adapter::run::<Shared>();
}
