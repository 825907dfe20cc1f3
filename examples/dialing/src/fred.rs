//! `fred`: a client for each cache node, as it is and with two guards.

use crate::calls::{Answer, Library};
use crosswire::cache::{CacheError, ClientConfig, Dialer};
use crosswire::history::sync::Mutex;
use fred::prelude::{
    Builder, Client, ClientLike, Config, Error, ReconnectPolicy, ServerConfig, Value,
};
use fred::types::{ClusterHash, CustomCommand};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A client for each cache node.
pub struct Fred(Vec<Client>);

impl Library for Fred {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let mut clients = Vec::new();
        for address in crosswire_dial::addresses(dialer) {
            let (host, port) = (address.ip().to_string(), address.port());
            let server = ServerConfig::new_centralized(host, port);
            // A first connection that fails is tried again, as later ones are.
            let settings = Config { server, fail_fast: false, ..Config::default() };
            let client = Builder::from_config(settings)
                .with_performance_config(|it| it.default_command_timeout = config.op_timeout / 2)
                .with_connection_config(|it| {
                    it.connection_timeout = config.op_timeout / 2;
                    it.internal_command_timeout = config.op_timeout / 2;
                    it.unresponsive.max_timeout = Some(config.op_timeout);
                    it.unresponsive.interval = config.op_timeout / 4;
                })
                .set_policy(ReconnectPolicy::new_exponential(0, 10, 1_000, 2))
                .build()
                .map_err(|error| translated(&error))?;
            client.connect();
            clients.push(client);
        }
        Ok(Self(clients))
    }

    async fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        answer(asked(&self.0[node], command, args).await.map_err(|error| translated(&error))?)
    }
}

/// Clients whose calls end even if their callers go away, and that reconnect after a time-out.
pub struct Guarded {
    clients: Vec<Client>,
    /// The time of the latest reconnection of each client.
    renewed: Vec<Arc<Mutex<Instant>>>,
    /// The least time between two of them.
    pause: Duration,
}

impl Library for Guarded {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let Fred(clients) = Fred::connect(dialer, config).await?;
        let renewed = clients.iter().map(|_| Arc::new(Mutex::new(Instant::now()))).collect();
        Ok(Self { clients, renewed, pause: config.op_timeout })
    }

    async fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        let (client, renewed) = (self.clients[node].clone(), self.renewed[node].clone());
        let pause = self.pause;
        // The library does not send a command that is late, but only if it sees the time-out
        // itself. So a task waits for it, and the caller for the task.
        let call = tokio::spawn(async move {
            let asked = asked(&client, command, args).await;
            if asked.as_ref().is_err_and(is_late) && is_due(&renewed, pause) {
                // An error means that it is reconnecting already.
                let _ = client.force_reconnection().await;
            }
            asked
        });
        match call.await {
            Ok(asked) => answer(asked.map_err(|error| translated(&error))?),
            Err(_) => Err(CacheError::Connection(ErrorKind::ConnectionReset)),
        }
    }
}

/// Returns whether the latest reconnection was long enough ago for another one, and begins it.
fn is_due(renewed: &Mutex<Instant>, pause: Duration) -> bool {
    let mut renewed = renewed.lock();
    if renewed.elapsed() < pause {
        return false;
    }
    *renewed = Instant::now();
    true
}

fn is_late(error: &Error) -> bool {
    *error.kind() == fred::error::ErrorKind::Timeout
}

/// Sends a command and waits for its answer.
async fn asked(client: &Client, command: &'static str, args: Vec<Vec<u8>>) -> Result<Value, Error> {
    let command = CustomCommand::new_static(command, ClusterHash::FirstKey, false);
    let args = args.into_iter().map(|arg| Value::Bytes(arg.into())).collect();
    client.custom::<Value, Value>(command, args).await
}

fn answer(value: Value) -> Result<Answer, CacheError> {
    Ok(match value {
        Value::Null => Answer::Nil,
        Value::Bytes(value) => Answer::Value(value),
        Value::String(text) if &*text == "OK" => Answer::Done,
        Value::String(text) => Answer::Value(text.into_inner()),
        Value::Integer(number) => Answer::Number(number),
        Value::Array(values) => {
            Answer::List(values.into_iter().map(answer).collect::<Result<_, _>>()?)
        }
        other => return Err(CacheError::Protocol(format!("{other:?}"))),
    })
}

fn translated(error: &Error) -> CacheError {
    match error.kind() {
        fred::error::ErrorKind::Timeout => CacheError::Timeout,
        fred::error::ErrorKind::IO | fred::error::ErrorKind::Canceled => {
            CacheError::Connection(ErrorKind::ConnectionReset)
        }
        _ => CacheError::Server(error.to_string()),
    }
}
