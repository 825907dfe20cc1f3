//! redis-rs' blocking `Connection` behind Crosswire's adapter protocol (docs/adapter-protocol.md).
//!
//! One call at a time owns the connection and gives up by its read time-out. The next call is sent
//! on the same connection and skips the late reply. A connection that reports not to be open is
//! replaced.

use redis::{Client, Cmd, Connection, ConnectionLike, RedisResult};
use serde_json::{Value, json};
use std::sync::mpsc;
use std::time::Duration;

#[derive(Default)]
struct Caller {
    client: Option<Client>,
    connection: Option<Connection>,
}

impl Caller {
    fn perform(&mut self, request: &Value) -> RedisResult<Value> {
        match request["op"].as_str().expect("a name") {
            "connect" => {
                let port = request["port"].as_u64().expect("a port") as u16;
                let host = request["host"].as_str().expect("a host");
                self.client = Some(Client::open((host, port))?);
                Ok(true.into())
            }
            "close" => Ok(std::mem::take(self).client.is_some().into()),
            op => self.call(op, request),
        }
    }

    fn call(&mut self, op: &str, request: &Value) -> RedisResult<Value> {
        if self.connection.as_ref().is_none_or(|connection| !connection.is_open()) {
            let client = self.client.as_ref().expect("a connected client");
            self.connection = Some(client.get_connection()?);
        }
        let connection = self.connection.as_mut().expect("an open connection");
        connection.set_read_timeout(request["timeout_ms"].as_u64().map(Duration::from_millis))?;
        if op == "pipeline" {
            let mut pipeline = redis::pipe();
            for words in request["commands"].as_array().into_iter().flatten() {
                pipeline.add_command(command(words.as_array().into_iter().flatten()));
            }
            return Ok(json!(pipeline.query::<Vec<Option<String>>>(connection)?));
        }
        let words = ["op", "key", "value"].iter().map(|name| &request[name]);
        let command = command(words.chain(request["keys"].as_array().into_iter().flatten()));
        if op == "mget" {
            return Ok(json!(command.query::<Vec<Option<String>>>(connection)?));
        }
        Ok(json!(command.query::<Option<String>>(connection)?))
    }
}

/// Builds a command from the words that are present.
fn command<'a>(words: impl Iterator<Item = &'a Value>) -> Cmd {
    let mut words = words.filter_map(Value::as_str);
    let mut command = redis::cmd(&words.next().expect("a name").to_uppercase());
    words.for_each(|word| _ = command.arg(word));
    command
}

fn say(request: &Value, outcome: RedisResult<Value>) {
    let outcome = outcome.map_or_else(|e| ("error", e.to_string().into()), |v| ("value", v));
    println!("{}", json!({ "id": request["id"], outcome.0: outcome.1 }));
}

/// Reads requests, and answers a barrier once the last call waits.
fn read(to: mpsc::Sender<Value>) {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        if request["op"] == "barrier" {
            while !main_waits() {
                std::thread::yield_now();
            }
            say(&request, Ok(true.into()));
        } else {
            to.send(request).expect("the main thread");
        }
    }
}

/// Returns whether the main thread, which /proc/self/stat describes, waits for a reply or for a
/// call.
fn main_waits() -> bool {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    stat.rsplit(')').next().is_some_and(|it| it.starts_with(" S"))
}

fn main() {
    if let Some(unknown) = std::env::args().nth(1) {
        eprintln!("unknown argument `{unknown}`; this adapter takes none");
        std::process::exit(2);
    }
    let hello = json!({
        "crosswire": 1, "library": "redis-rs", "version": env!("LIBRARY_VERSION"),
        "client": "blocking", "connections": "shared", "calls": "one", "cancel": "by-timeout",
    });
    println!("{hello}");
    let (to, requests) = mpsc::channel();
    std::thread::spawn(move || read(to));
    let mut caller = Caller::default();
    requests.iter().for_each(|request| say(&request, caller.perform(&request)));
}
