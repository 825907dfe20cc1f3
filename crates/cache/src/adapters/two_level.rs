//! Two levels: a near-cache in front of the `redis` crate's `MultiplexedConnection`.

use super::redis_rs::RedisRs;
use crate::client::{CacheClient, CacheError, ClientConfig, Dialer};
use crate::clients::{Backend, Found};
use redis::Cmd;
use std::time::Duration;

impl Backend for RedisRs {
    async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        Self::connect(dialer, config).await
    }

    async fn fetch(&self, node: usize, key: &str) -> Result<Found, CacheError> {
        let left_ms: i64 = self.query(node, Cmd::pttl(key)).await?;
        let left = u64::try_from(left_ms).ok().map(Duration::from_millis);
        Ok((self.get(key).await?, left))
    }

    async fn number(&self, node: usize, command: &[&[u8]]) -> Result<i64, CacheError> {
        let mut all = Cmd::new();
        for part in command {
            all.arg(*part);
        }
        self.query(node, all).await
    }
}
