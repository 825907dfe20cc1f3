//! fred's client: all calls share one connection, and commands are sent again after a reconnect. It
//! reconnects after a millisecond, because schedules have no notion of time.

mod kit;

use kit::{Library, Outcome};
use fred::prelude::*;
use fred::types::{ConnectHandle, Value as Reply};
use serde_json::{Value, json};
use std::rc::Rc;

/// A client, with the task that serves its connection.
#[derive(Clone)]
struct Fred(Client, Rc<ConnectHandle>);

fn text(error: Error) -> String {
    error.to_string()
}

/// Converts a reply without changing it.
fn shown(reply: Reply) -> Value {
    match reply {
        Reply::Array(replies) => replies.into_iter().map(shown).collect(),
        Reply::Null => Value::Null,
        other => json!(other.into_string()),
    }
}

impl Library for Fred {
    fn hello() -> Value {
        json!({
            "library": "fred",
            "client": "one connection",
            "connections": "shared",
            "calls": "many",
            "cancel": "on-request",
        })
    }

    async fn connect(host: &str, port: u16) -> Result<Self, String> {
        let config = Config::from_url(&format!("redis://{host}:{port}")).map_err(text)?;
        let policy = ReconnectPolicy::new_constant(0, 1);
        let client = Builder::from_config(config).set_policy(policy).build().map_err(text)?;
        let task = client.init().await.map_err(text)?;
        Ok(Self(client, Rc::new(task)))
    }

    async fn command(self, words: Vec<String>) -> Outcome {
        let done = match words.as_slice() {
            [op, keys @ ..] if op == "mget" => self.0.mget(keys.to_vec()).await,
            [_, key] => self.0.get(key).await,
            [_, key, value] => self.0.set(key, value, None, None, false).await,
            _ => return Err("expected get, mget or set".to_owned()),
        };
        done.map(shown).map_err(text)
    }

    async fn pipeline(self, commands: Vec<Vec<String>>) -> Outcome {
        let pipeline = self.0.pipeline();
        for words in &commands {
            // This only queues the command; the pipeline returns the reply.
            let queued = match words.as_slice() {
                [_, key] => pipeline.get::<Reply, _>(key).await,
                [_, key, value] => pipeline.set(key, value, None, None, false).await,
                _ => return Err("expected get or set".to_owned()),
            };
            queued.map_err(text)?;
        }
        let mut replies = pipeline.try_all::<Reply>().await;
        // A pipeline that fails as a whole returns one error for all of it.
        if replies.len() == 1 && commands.len() > 1 && replies[0].is_err() {
            return replies.remove(0).map(shown).map_err(text);
        }
        let replies = replies.into_iter().map(|reply| match reply {
            Ok(reply) => shown(reply),
            Err(error) => json!({ "error": text(error) }),
        });
        Ok(replies.collect())
    }

    async fn ready(&self) {
        // If the client gives up connecting, its calls fail with the reason.
        let _ = self.0.wait_for_connect().await;
    }

    /// Ends the task of the connection, and the connection with it. With `quit` (10.1.0) the
    /// adapter fell silent once in some hundred schedules.
    async fn close(self) {
        self.1.abort();
        while !self.1.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

fn main() {
    kit::run::<Fred>();
}
