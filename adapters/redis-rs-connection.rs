//! redis-rs' `aio::Connection`, which ended with 0.29: one call at a time has it. What holds it is a
//! lock, so that a call that is given up leaves it to the next.

#![allow(deprecated)]

mod adapter;

use adapter::{Library, Outcome};
use redis::aio::Connection;
use redis::{Client, Cmd, FromRedisValue, RedisResult};
use serde_json::{Value, json};
use std::rc::Rc;
use tokio::sync::Mutex;

#[derive(Clone)]
struct RedisRs {
    client: Client,
    connection: Rc<Mutex<Option<Connection>>>,
}

impl RedisRs {
    /// Uses the connection, or opens one if there is none. One that is broken is not kept.
    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        let mut held = self.connection.lock().await;
        let connection = match &mut *held {
            Some(connection) => connection,
            none => none.insert(self.client.get_async_connection().await.map_err(told)?),
        };
        let done: RedisResult<T> = match &request {
            Request::Command(command) => command.query_async(connection).await,
            Request::Pipeline(pipeline) => pipeline.query_async(connection).await,
        };
        if done.as_ref().is_err_and(|error| error.is_io_error() || error.is_connection_dropped()) {
            *held = None;
        }
        done.map_err(told)
    }
}

enum Request {
    Command(Cmd),
    Pipeline(redis::Pipeline),
}

fn told(error: redis::RedisError) -> String {
    error.to_string()
}

fn command(words: &[String]) -> Cmd {
    let mut command = redis::cmd(&words[0].to_uppercase());
    command.arg(&words[1..]);
    command
}

impl Library for RedisRs {
    fn hello() -> Value {
        json!({
            "library": "redis-rs",
            "client": "aio::Connection",
            "connections": "exclusive",
            "calls": "many",
            "cancel": "on-request",
        })
    }

    async fn connect(host: &str, port: u16) -> Result<Self, String> {
        let client = Client::open((host, port)).map_err(told)?;
        Ok(Self { client, connection: Rc::default() })
    }

    async fn command(self, words: Vec<String>) -> Outcome {
        let request = Request::Command(command(&words));
        Ok(match words[0].as_str() {
            "mget" => json!(self.with::<Vec<Option<String>>>(request).await?),
            _ => json!(self.with::<Option<String>>(request).await?),
        })
    }

    async fn pipeline(self, commands: Vec<Vec<String>>) -> Outcome {
        let mut pipeline = redis::pipe();
        for words in &commands {
            pipeline.add_command(command(words));
        }
        Ok(json!(self.with::<Vec<Option<String>>>(Request::Pipeline(pipeline)).await?))
    }
}

fn main() {
    adapter::run::<RedisRs>();
}
