//! The common part of the adapters for redis-rs' asynchronous clients: everything but the
//! connection. An adapter has redis-rs as `redis` at its root, from wherever it comes.

use crate::kit::{Library, Outcome};
use crate::redis::aio::ConnectionLike;
use crate::redis::{self, Cmd, FromRedisValue, RedisError, RedisResult};
use serde_json::{Value, json};

/// A way to use redis-rs' connections.
pub trait RedisRs: Clone + 'static {
    const LIBRARY: &'static str = "redis-rs";
    const CLIENT: &'static str;
    const CONNECTIONS: &'static str;
    /// Whether it keeps values in memory until the server says that they changed.
    const CACHES: bool = false;
    /// Creates a client without a connection.
    fn of(address: &str) -> RedisResult<Self>;
    fn with<T: FromRedisValue>(&self, request: Request) -> impl Future<Output = Result<T, String>>;
}

pub enum Request {
    Command(Cmd),
    Pipeline(redis::Pipeline),
}

impl Request {
    pub async fn sent<T: FromRedisValue>(&self, to: &mut impl ConnectionLike) -> RedisResult<T> {
        match self {
            Self::Command(command) => command.query_async(to).await,
            Self::Pipeline(pipeline) => pipeline.query_async(to).await,
        }
    }
}

pub fn text(error: RedisError) -> String {
    error.to_string()
}

/// Returns whether the connection is unusable. A client that replaces it by itself need not know.
#[allow(dead_code)]
pub fn is_lost<T>(done: &RedisResult<T>) -> bool {
    done.as_ref().is_err_and(|error| error.is_io_error() || error.is_connection_dropped())
}

fn command(words: &[String]) -> Cmd {
    let mut command = redis::cmd(&words[0].to_uppercase());
    command.arg(&words[1..]);
    command
}

impl<R: RedisRs> Library for R {
    fn hello() -> Value {
        json!({
            "library": R::LIBRARY,
            "client": R::CLIENT,
            "connections": R::CONNECTIONS,
            "calls": "many",
            "cancel": "on-request",
            "protocol": if R::CACHES { "resp3" } else { "resp2" },
            "can": if R::CACHES { &["invalidate"][..] } else { &[] },
        })
    }

    async fn connect(host: &str, port: u16) -> Result<Self, String> {
        let version = if R::CACHES { 3 } else { 2 };
        let address = format!("redis://{host}:{port}/?protocol={version}");
        R::of(&address).map_err(text)
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
