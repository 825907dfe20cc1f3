//! `fred`: a client for each cache node.

use crate::calls::{Answer, Library};
use crosswire::cache::{CacheError, ClientConfig, Dialer};
use fred::prelude::{
    Builder, Client, ClientLike, Config, Error, ReconnectPolicy, ServerConfig, Value,
};
use fred::types::{ClusterHash, CustomCommand};
use std::io::ErrorKind;

/// A client for each cache node.
pub struct Fred(Vec<Client>);

impl Library for Fred {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let mut clients = Vec::new();
        for address in crosswire_tokio::addresses(dialer) {
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
        let command = CustomCommand::new_static(command, ClusterHash::FirstKey, false);
        let args = args.into_iter().map(|arg| Value::Bytes(arg.into())).collect();
        let asked = self.0[node].custom::<Value, Value>(command, args).await;
        answer(asked.map_err(|error| translated(&error))?)
    }
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
