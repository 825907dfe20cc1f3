//! `redis::aio::ConnectionManager`: one for each cache node.

use crate::calls::{Answer, Library};
use crate::redis_rs::{ask, translated};
use crosswire::cache::{CacheError, ClientConfig, Dialer};
use redis::Client;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

/// A connection manager for each cache node.
pub struct Managers(Vec<ConnectionManager>);

impl Library for Managers {
    async fn connect(dialer: &Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        // Within the time of a call, so that the library sees its own time-outs.
        let limit = Some(config.op_timeout / 2);
        let settings = ConnectionManagerConfig::new()
            .set_response_timeout(limit)
            .set_connection_timeout(limit);
        let manager = |address| {
            let client = Client::open(format!("redis://{address}"))?;
            ConnectionManager::new_lazy_with_config(client, settings.clone())
        };
        let managers = crosswire_dial::addresses(dialer).into_iter().map(manager);
        Ok(Self(managers.collect::<Result<_, _>>().map_err(translated)?))
    }

    async fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        ask(&mut self.0[node].clone(), command, args).await
    }
}
