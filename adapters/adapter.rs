//! Crosswire's adapter protocol (docs/adapter-protocol.md) for asynchronous Rust libraries. Each has
//! a file beside this one with its [`Library`].

use serde_json::{Value, json};
use std::collections::HashMap;
use std::future::Future;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::task::AbortHandle;

/// What a call comes to: a value of the library, or its error in words.
pub type Outcome = Result<Value, String>;

/// A client of a library; a clone of it is the same client.
pub trait Library: Clone + 'static {
    /// The hello without `crosswire` and `version`.
    fn hello() -> Value;
    fn connect(host: &str, port: u16) -> impl Future<Output = Result<Self, String>>;
    fn get(self, key: String) -> impl Future<Output = Outcome>;
    fn mget(self, keys: Vec<String>) -> impl Future<Output = Outcome>;
    fn set(self, key: String, value: String) -> impl Future<Output = Outcome>;
    /// Each command is a name and its arguments; a reply that is an error is `{"error": …}`.
    fn pipeline(self, commands: Vec<Vec<String>>) -> impl Future<Output = Outcome>;
    /// Lets a connection that is being made be made.
    fn ready(&self) -> impl Future<Output = ()> {
        async {}
    }
    fn close(self) -> impl Future<Output = ()> {
        async {}
    }
}

/// How often the others get their turn before nothing is said to be ready.
const TURNS: usize = 16;

fn of<T: serde::de::DeserializeOwned>(request: &Value, name: &str) -> T {
    serde_json::from_value(request[name].clone()).expect("a request as the protocol has it")
}

async fn perform<L: Library>(client: L, request: Value) -> Outcome {
    match request["op"].as_str() {
        Some("get") => client.get(of(&request, "key")).await,
        Some("mget") => client.mget(of(&request, "keys")).await,
        Some("set") => client.set(of(&request, "key"), of(&request, "value")).await,
        _ => client.pipeline(of(&request, "commands")).await,
    }
}

fn say(id: u64, outcome: Outcome) {
    match outcome {
        Ok(value) => println!("{}", json!({ "id": id, "value": value })),
        Err(error) => println!("{}", json!({ "id": id, "error": error })),
    }
}

async fn serve<L: Library>() {
    let mut hello = L::hello();
    hello["crosswire"] = 1.into();
    hello["version"] = env!("LIBRARY_VERSION").into();
    println!("{hello}");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let (mut client, mut calls) = (None, HashMap::<u64, AbortHandle>::new());
    while let Ok(Some(line)) = lines.next_line().await {
        let request: Value = serde_json::from_str(&line).expect("JSON");
        let id = of(&request, "id");
        match (request["op"].as_str(), &client) {
            (Some("connect"), _) => {
                calls.clear();
                let made = L::connect(&of::<String>(&request, "host"), of(&request, "port")).await;
                say(id, made.map(|made| client = Some(made)).map(|()| true.into()));
                continue;
            }
            (Some("cancel"), _) => calls[&of(&request, "of")].abort(),
            (Some("barrier"), Some(client)) => {
                client.ready().await;
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
            }
            (Some("close"), _) => client.take().expect("it is connected").close().await,
            (_, client) => {
                let client = client.clone().expect("it is connected");
                let call = tokio::task::spawn_local(perform(client, request));
                calls.insert(id, call.abort_handle());
                tokio::task::spawn_local(async move {
                    match call.await {
                        Ok(outcome) => say(id, outcome),
                        Err(_) => println!("{}", json!({ "id": id, "cancelled": true })),
                    }
                });
                continue;
            }
        }
        say(id, Ok(true.into()));
    }
}

/// Serves until standard input ends.
pub fn run<L: Library>() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, serve::<L>());
}
