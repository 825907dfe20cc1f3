//! redis-rs' `aio::MultiplexedConnection`: all calls share it, each with a clone. One that is lost is
//! opened anew, as its page asks of whoever uses it.

mod adapter;

use adapter::{Library, Outcome};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisResult};
use serde_json::{Value, json};
use std::rc::Rc;
use tokio::sync::Mutex;

#[derive(Clone)]
struct RedisRs {
    client: Client,
    connection: Rc<Mutex<Option<MultiplexedConnection>>>,
}

impl RedisRs {
    async fn connection(&self) -> RedisResult<MultiplexedConnection> {
        let mut held = self.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        // A reply is late here when the schedule says so, and not after half a second.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let opened = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(held.insert(opened).clone())
    }

    async fn with<T: FromRedisValue>(&self, request: Request) -> Result<T, String> {
        let mut connection = self.connection().await.map_err(told)?;
        let done: RedisResult<T> = match &request {
            Request::Command(command) => command.query_async(&mut connection).await,
            Request::Pipeline(pipeline) => pipeline.query_async(&mut connection).await,
        };
        if done.as_ref().is_err_and(|error| error.is_io_error() || error.is_connection_dropped()) {
            *self.connection.lock().await = None;
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
            "client": "aio::MultiplexedConnection",
            "connections": "shared",
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
