//! redis-rs' blocking `Connection` behind Crosswire's adapter protocol (docs/adapter-protocol.md).
//!
//! One call at a time has it, and gives up by its read time-out; the next is sent on the same
//! connection, and the late reply skipped. One that says that it is not open is replaced.

use redis::{Client, Cmd, Connection, ConnectionLike, RedisError, RedisResult};
use serde_json::{Value, json};
use std::sync::mpsc;
use std::time::Duration;

struct Caller {
    client: Client,
    connection: Option<Connection>,
}

impl Caller {
    fn connected(request: &Value) -> Result<Self, RedisError> {
        let host = request["host"].as_str().expect("a host");
        let port = request["port"].as_u64().expect("a port");
        Ok(Self { client: Client::open((host, port as u16))?, connection: None })
    }

    fn connection(&mut self) -> RedisResult<&mut Connection> {
        if self.connection.as_ref().is_none_or(|connection| !connection.is_open()) {
            self.connection = Some(self.client.get_connection()?);
        }
        Ok(self.connection.as_mut().expect("it was opened"))
    }

    fn perform(&mut self, request: &Value) -> RedisResult<Value> {
        let connection = self.connection()?;
        connection.set_read_timeout(request["timeout_ms"].as_u64().map(Duration::from_millis))?;
        if request["op"] == "pipeline" {
            let mut pipeline = redis::pipe();
            for words in request["commands"].as_array().into_iter().flatten() {
                pipeline.add_command(command(words.as_array().into_iter().flatten()));
            }
            let values: Vec<Option<String>> = pipeline.query(connection)?;
            return Ok(json!(values));
        }
        let words = ["op", "key", "value"].iter().map(|name| &request[name]);
        let keys = request["keys"].as_array().into_iter().flatten();
        let command = command(words.chain(keys));
        Ok(if request["op"] == "mget" {
            json!(command.query::<Vec<Option<String>>>(connection)?)
        } else {
            json!(command.query::<Option<String>>(connection)?)
        })
    }
}

/// A command of those of these words that are there.
fn command<'a>(words: impl Iterator<Item = &'a Value>) -> Cmd {
    let mut words = words.filter_map(Value::as_str);
    let mut command = redis::cmd(&words.next().expect("a name").to_uppercase());
    for word in words {
        command.arg(word);
    }
    command
}

fn say(request: &Value, outcome: RedisResult<Value>) {
    match outcome {
        Ok(value) => println!("{}", json!({ "id": request["id"], "value": value })),
        Err(error) => println!("{}", json!({ "id": request["id"], "error": error.to_string() })),
    }
}

/// Makes the calls, one after the other.
fn work(requests: mpsc::Receiver<Value>) {
    let mut caller = None;
    for request in requests {
        let outcome = match request["op"].as_str() {
            Some("connect") => Caller::connected(&request).map(|made| {
                caller = Some(made);
                true.into()
            }),
            Some("close") => Ok(caller.take().is_some().into()),
            _ => caller.as_mut().expect("it is connected").perform(&request),
        };
        say(&request, outcome);
    }
}

fn main() {
    let hello = json!({
        "crosswire": 1, "library": "redis-rs", "version": env!("LIBRARY_VERSION"),
        "client": "blocking", "connections": "shared", "calls": "one", "cancel": "by-timeout",
    });
    println!("{hello}");
    let (to, requests) = mpsc::channel();
    std::thread::spawn(move || work(requests));
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        match request["op"].as_str() {
            Some("barrier") => say(&request, Ok(true.into())),
            _ => to.send(request).expect("the caller is there"),
        }
    }
}
