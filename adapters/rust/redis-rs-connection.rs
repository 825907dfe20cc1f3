//! redis-rs' `aio::Connection`, which was removed after 0.29: one call at a time owns it. A lock
//! holds it, so a call that is given up leaves it to the next one.

#![allow(deprecated)]

extern crate redis;

mod kit;
mod redis_rs;

use redis::aio::Connection;
use redis::{Client, FromRedisValue, RedisResult};
use redis_rs::{RedisRs, Request, is_lost, text};
use std::rc::Rc;
use tokio::sync::Mutex;

#[derive(Clone)]
struct OneAtATime {
    client: Client,
    connection: Rc<Mutex<Option<Connection>>>,
}

impl RedisRs for OneAtATime {
    const CLIENT: &'static str = "aio::Connection";
    const CONNECTIONS: &'static str = "exclusive";

    fn of(address: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(address)?, connection: Rc::default() })
    }

    /// Uses the connection, or opens one if there is none. A broken connection is not kept.
    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        let mut held = self.connection.lock().await;
        let connection = match &mut *held {
            Some(connection) => connection,
            none => none.insert(self.client.get_async_connection().await.map_err(text)?),
        };
        let done = request.sent(connection).await;
        if is_lost(&done) {
            *held = None;
        }
        done.map_err(text)
    }
}

fn main() {
    kit::run::<OneAtATime>();
}
