//! Crosswire's adapter protocol (docs/adapter-protocol.md) for asynchronous Rust libraries. Each
//! library has a file beside this one that implements [`Library`].

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Read;
use std::os::fd::AsFd;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::task::{AbortHandle, spawn_local, yield_now};

/// A value of the library, or the text of its error.
pub type Outcome = Result<Value, String>;

/// A client of a library; clones share it.
pub trait Library: Clone + 'static {
    /// The hello without `crosswire` and `version`.
    fn hello() -> Value;
    fn connect(host: &str, port: u16) -> impl Future<Output = Result<Self, String>>;
    /// Runs one command: its name in lower case, and its arguments.
    fn command(self, words: Vec<String>) -> impl Future<Output = Outcome>;
    /// Runs several commands; a reply that is an error becomes `{"error": …}`.
    fn pipeline(self, commands: Vec<Vec<String>>) -> impl Future<Output = Outcome>;
    /// Waits for a connection that is being opened.
    fn ready(&self) -> impl Future<Output = ()> {
        async {}
    }
    fn close(self) -> impl Future<Output = ()> {
        async {}
    }
}

fn of<T: serde::de::DeserializeOwned>(request: &Value, name: &str) -> T {
    serde_json::from_value(request[name].clone()).expect("a request of the protocol")
}

async fn perform<L: Library>(client: L, request: Value) -> Outcome {
    if request["op"] == "pipeline" {
        return client.pipeline(of(&request, "commands")).await;
    }
    let words = ["op", "key", "value"].iter().filter_map(|name| request[name].as_str());
    let keys = request["keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
    client.command(words.chain(keys).map(str::to_owned).collect()).await
}

fn say(id: u64, outcome: Outcome) {
    let (name, content) = outcome.map_or_else(|e| ("error", e.into()), |value| ("value", value));
    println!("{}", json!({ "id": id, name: content }));
}

/// Serves until standard input ends. The event loop polls it like the sockets, on the same thread.
async fn serve<L: Library>() {
    let input = std::io::stdin().as_fd().try_clone_to_owned().expect("an input");
    let mut lines = BufReader::new(Receiver::from_owned_fd(input).expect("a pipe")).lines();
    let (mut client, mut calls) = (None, HashMap::<u64, AbortHandle>::new());
    while let Ok(Some(line)) = lines.next_line().await {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        let id = of(&request, "id");
        match (request["op"].as_str().unwrap_or_default(), &client) {
            ("connect", _) => {
                let made = L::connect(&of::<String>(&request, "host"), of(&request, "port")).await;
                say(id, made.map(|made| client = Some(made)).map(|()| true.into()));
                continue;
            }
            ("cancel", _) => calls[&of(&request, "of")].abort(),
            ("barrier" | "hold", Some(client)) => {
                client.ready().await;
                for _look_at_the_sockets in 0..32 {
                    yield_now().await;
                }
            }
            ("close", _) => client.take().expect("a connected client").close().await,
            (_, client) => {
                let client = client.clone().expect("a connected client");
                let call = spawn_local(perform::<L>(client, request));
                calls.insert(id, call.abort_handle());
                spawn_local(async move {
                    match call.await {
                        Ok(outcome) => say(id, outcome),
                        Err(_) => println!("{}", json!({ "id": id, "cancelled": true })),
                    }
                });
                continue;
            }
        }
        say(id, Ok(true.into()));
        if request["op"] == "hold" {
            let gate = std::fs::File::open(of::<String>(&request, "gate"));
            gate.and_then(|mut gate| gate.read_exact(&mut [0])).expect("a gate that opens");
        }
    }
}

pub fn run<L: Library>() {
    if let Some(unknown) = std::env::args().nth(1) {
        eprintln!("unknown argument `{unknown}`; this adapter takes none");
        std::process::exit(2);
    }
    let mut hello = L::hello();
    (hello["crosswire"], hello["version"]) = (1.into(), env!("LIBRARY_VERSION").into());
    println!("{hello}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tokio::task::LocalSet::new().block_on(&runtime.expect("a runtime"), serve::<L>());
}
