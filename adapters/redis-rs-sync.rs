//! redis-rs' blocking `Connection` behind Crosswire's adapter protocol (docs/adapter-protocol.md).
//!
//! One call at a time has it, and gives up by its read time-out. A connection that says that it is
//! not open is replaced, as a pool does it; the others are used again.

use redis::{Client, Cmd, Connection, RedisError, RedisResult};
use serde_json::{Value, json};
use std::io::BufRead;
use std::sync::mpsc;
use std::time::Duration;

type Outcome = Result<Value, String>;

struct Caller {
    client: Client,
    timeout: Duration,
    connection: Option<Connection>,
}

impl Caller {
    fn connected(request: &Value) -> Result<Self, String> {
        let host = request["host"].as_str().expect("a host");
        let port = request["port"].as_u64().expect("a port");
        let client = Client::open((host, port as u16)).map_err(told)?;
        let timeout = Duration::from_millis(request["timeout_ms"].as_u64().expect("a time"));
        Ok(Self { client, timeout, connection: None })
    }

    fn connection(&mut self) -> RedisResult<&mut Connection> {
        if self.connection.as_ref().is_none_or(|connection| !redis::ConnectionLike::is_open(connection)) {
            let opened = self.client.get_connection()?;
            opened.set_read_timeout(Some(self.timeout))?;
            self.connection = Some(opened);
        }
        Ok(self.connection.as_mut().expect("it was opened"))
    }

    fn perform(&mut self, request: &Value) -> Outcome {
        let connection = self.connection().map_err(told)?;
        let words = |list: &Value| -> Vec<String> {
            let list = list.as_array().into_iter().flatten().filter_map(Value::as_str);
            list.map(str::to_owned).collect()
        };
        let word = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        match request["op"].as_str() {
            Some("get") => one(connection, &command("GET", &[word("key")])),
            Some("set") => one(connection, &command("SET", &[word("key"), word("value")])),
            Some("mget") => {
                let values = command("MGET", &words(&request["keys"])).query(connection);
                values.map(|values: Vec<Option<String>>| json!(values)).map_err(told)
            }
            _ => {
                let mut pipeline = redis::pipe();
                for one in request["commands"].as_array().into_iter().flatten().map(words) {
                    pipeline.add_command(command(&one[0], &one[1..]));
                }
                let values = pipeline.query(connection);
                values.map(|values: Vec<Option<String>>| json!(values)).map_err(told)
            }
        }
    }
}

fn one(connection: &mut Connection, command: &Cmd) -> Outcome {
    command.query(connection).map(|value: Option<String>| json!(value)).map_err(told)
}

fn command(name: &str, args: &[String]) -> Cmd {
    let mut command = redis::cmd(&name.to_uppercase());
    command.arg(args);
    command
}

fn told(error: RedisError) -> String {
    error.to_string()
}

fn say(request: &Value, outcome: Outcome) {
    match outcome {
        Ok(value) => println!("{}", json!({ "id": request["id"], "value": value })),
        Err(error) => println!("{}", json!({ "id": request["id"], "error": error })),
    }
}

/// Makes the calls, one after the other.
fn work(requests: mpsc::Receiver<Value>) {
    let mut caller = None;
    for request in requests {
        let outcome = match request["op"].as_str() {
            Some("connect") => Caller::connected(&request).map(|it| caller = Some(it)).map(|()| true.into()),
            Some("close") => Ok(caller.take().is_some().into()),
            _ => caller.as_mut().expect("it is connected").perform(&request),
        };
        say(&request, outcome);
    }
}

fn main() {
    println!("{}", json!({
        "crosswire": 1, "library": "redis-rs", "version": env!("LIBRARY_VERSION"),
        "client": "blocking", "connections": "exclusive", "calls": "one", "cancel": "by-timeout",
    }));
    let (to, requests) = mpsc::channel();
    std::thread::spawn(move || work(requests));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        match request["op"].as_str() {
            Some("barrier") => say(&request, Ok(true.into())),
            _ => to.send(request).expect("the caller is there"),
        }
    }
}
