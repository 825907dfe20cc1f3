//! `rustis`: a client for each cache node.

use crate::calls::{Answer, Library};
use crosswire::cache::{CacheError, ClientConfig, Dialer};
use rustis::ErrorKind;
use rustis::client::{Client, Config, IntoConfig};
use rustis::resp::{Value, cmd};
use std::io;
use std::time::Duration;

/// The time between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(50);

/// A client for each cache node.
pub struct Rustis(Vec<Client>);

impl Library for Rustis {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let mut clients = Vec::new();
        for mut address in crosswire_dial::addresses(dialer) {
            // The library always speaks RESP3.
            address.set_port(crosswire_dial::RESP3_PORT);
            let settings = format!("redis://{address}").into_config();
            let mut settings = settings.map_err(|error| translated(&error))?;
            settings.connect_timeout = config.op_timeout / 2;
            settings.command_timeout = config.op_timeout / 2;
            clients.push(connected(settings).await);
        }
        Ok(Self(clients))
    }

    async fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        let command =
            args.into_iter().fold(cmd(command), |it, arg| it.arg(bytes::Bytes::from(arg)));
        let asked = self.0[node].send::<Value>(command, None).await;
        answer(asked.map_err(|error| translated(&error))?)
    }
}

/// Connects a client: the first connection is tried again, as the library does with later ones.
async fn connected(settings: Config) -> Client {
    loop {
        match Client::connect(settings.clone()).await {
            Ok(client) => return client,
            Err(error) => drop(translated(&error)),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn answer(value: Value) -> Result<Answer, CacheError> {
    Ok(match value {
        Value::Null => Answer::Nil,
        Value::BulkString(value) => Answer::Value(value.to_vec().into()),
        Value::SimpleString(_) => Answer::Done,
        Value::Integer(number) => Answer::Number(number),
        Value::Array(values) => {
            Answer::List(values.into_iter().map(answer).collect::<Result<_, _>>()?)
        }
        other => return Err(CacheError::Protocol(format!("{other:?}"))),
    })
}

fn translated(error: &rustis::Error) -> CacheError {
    match error.kind() {
        ErrorKind::Timeout(_) => CacheError::Timeout,
        ErrorKind::Redis(error) => CacheError::Server(error.to_string()),
        ErrorKind::IO(error) => CacheError::Connection(error.kind()),
        _ => CacheError::Connection(io::ErrorKind::ConnectionReset),
    }
}
