//! redis-rs' blocking `Connection` behind Crosswire's adapter protocol (docs/adapter-protocol.md).
//!
//! One call at a time has it, and gives up by its read time-out; the next is sent on the same
//! connection, and the late reply skipped. One that says that it is not open is replaced.

use redis::{Client, Cmd, Connection, ConnectionLike, RedisError, RedisResult};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

struct Caller {
    client: Client,
    connection: Option<Connection>,
}

impl Caller {
    fn connected(request: &Value) -> Result<Self, RedisError> {
        let port = request["port"].as_u64().expect("a port") as u16;
        let client = Client::open((request["host"].as_str().expect("a host"), port))?;
        Ok(Self { client, connection: None })
    }

    fn perform(&mut self, request: &Value) -> RedisResult<Value> {
        if self.connection.as_ref().is_none_or(|connection| !connection.is_open()) {
            self.connection = Some(self.client.get_connection()?);
        }
        let connection = self.connection.as_mut().expect("it was opened");
        connection.set_read_timeout(request["timeout_ms"].as_u64().map(Duration::from_millis))?;
        if request["op"] == "pipeline" {
            let mut pipeline = redis::pipe();
            for words in request["commands"].as_array().into_iter().flatten() {
                pipeline.add_command(command(words.as_array().into_iter().flatten()));
            }
            return Ok(json!(pipeline.query::<Vec<Option<String>>>(connection)?));
        }
        let words = ["op", "key", "value"].iter().map(|name| &request[name]);
        let command = command(words.chain(request["keys"].as_array().into_iter().flatten()));
        if request["op"] == "mget" {
            return Ok(json!(command.query::<Vec<Option<String>>>(connection)?));
        }
        Ok(json!(command.query::<Option<String>>(connection)?))
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
    let outcome = outcome.map_or_else(|e| ("error", e.to_string().into()), |v| ("value", v));
    println!("{}", json!({ "id": request["id"], outcome.0: outcome.1 }));
}

/// Makes the calls, one after the other, after it has said which thread it is.
fn work(requests: mpsc::Receiver<Value>, me: mpsc::Sender<PathBuf>) {
    me.send(std::fs::read_link("/proc/thread-self").expect("Linux")).expect("somebody asks");
    let mut caller = None;
    for request in requests {
        let outcome = match request["op"].as_str() {
            Some("connect") => {
                Caller::connected(&request).map(|made| caller.insert(made)).map(|_| true.into())
            }
            Some("close") => Ok(caller.take().is_some().into()),
            _ => caller.as_mut().expect("it is connected").perform(&request),
        };
        say(&request, outcome);
    }
}

/// Whether a thread waits, for a reply or for a call.
fn waits(thread: &Path) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(thread).join("stat"));
    stat.expect("a thread that runs").rsplit(')').next().is_some_and(|it| it.starts_with(" S"))
}

fn main() {
    let hello = json!({
        "crosswire": 1, "library": "redis-rs", "version": env!("LIBRARY_VERSION"),
        "client": "blocking", "connections": "shared", "calls": "one", "cancel": "by-timeout",
    });
    println!("{hello}");
    let ((to, requests), (me, who)) = (mpsc::channel(), mpsc::channel());
    std::thread::spawn(move || work(requests, me));
    let thread = who.recv().expect("it says so");
    for line in std::io::stdin().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        if request["op"] != "barrier" {
            to.send(request).expect("the caller is there");
            continue;
        }
        while !waits(&thread) {
            std::thread::yield_now();
        }
        say(&request, Ok(true.into()));
    }
}
