//! The calls of a caching client over a library that sends commands.

use async_trait::async_trait;
use bytes::Bytes;
use crosswire::cache::{CacheClient, CacheError, ClientConfig, Dialer, When};
use futures_util::future::try_join_all;
use std::future::Future;
use std::time::Duration;

/// The answer of a cache node.
#[derive(Debug)]
pub enum Answer {
    /// Nothing.
    Nil,
    /// A value.
    Value(Bytes),
    /// A number.
    Number(i64),
    /// That it was done.
    Done,
    /// Several.
    List(Vec<Answer>),
}

/// A library that sends commands.
pub trait Library: Send + Sync + Sized + 'static {
    /// Connects to cache nodes.
    fn connect(
        dialer: &Dialer,
        config: ClientConfig,
    ) -> impl Future<Output = Result<Self, CacheError>> + Send;

    /// Sends a command to a node and waits for its answer.
    fn ask(
        &self,
        node: usize,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<Answer, CacheError>> + Send;
}

/// A caching client over a library.
pub struct Client<L> {
    library: L,
    dialer: Dialer,
    limit: Duration,
}

impl<L: Library> Client<L> {
    /// Connects one.
    ///
    /// # Errors
    /// Those of the library.
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let library = L::connect(&dialer, config).await?;
        Ok(Self { library, dialer, limit: config.op_timeout })
    }

    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        match tokio::time::timeout(self.limit, call).await {
            Ok(result) => result,
            Err(_) => Err(CacheError::Timeout),
        }
    }

    async fn ask(
        &self,
        key: &str,
        command: &'static str,
        args: Vec<Vec<u8>>,
    ) -> Result<Answer, CacheError> {
        self.in_time(self.library.ask(self.dialer.node_of(key), command, args)).await
    }

    async fn several(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let mut shares = vec![Vec::new(); self.dialer.nodes()];
        for (at, key) in keys.iter().enumerate() {
            shares[self.dialer.node_of(key)].push(at);
        }
        let asked = shares.iter().enumerate().filter(|(_, share)| !share.is_empty());
        let asked = asked.map(|(node, share)| async move {
            let names = share.iter().map(|&at| keys[at].clone().into_bytes()).collect();
            match self.library.ask(node, "MGET", names).await? {
                Answer::List(values) if values.len() == share.len() => Ok((share, values)),
                other => Err(strange(&other)),
            }
        });
        let mut found = vec![None; keys.len()];
        for (share, values) in try_join_all(asked).await? {
            for (&at, value) in share.iter().zip(values) {
                found[at] = optional(value)?;
            }
        }
        Ok(found)
    }
}

fn strange(answer: &Answer) -> CacheError {
    CacheError::Protocol(format!("{answer:?}"))
}

fn optional(answer: Answer) -> Result<Option<Bytes>, CacheError> {
    match answer {
        Answer::Nil => Ok(None),
        Answer::Value(value) => Ok(Some(value)),
        other => Err(strange(&other)),
    }
}

fn set_args(key: &str, value: &[u8], ttl: Duration) -> Vec<Vec<u8>> {
    vec![key.into(), value.into(), b"PX".into(), ttl.as_millis().to_string().into()]
}

#[async_trait]
impl<L: Library> CacheClient for Client<L> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        optional(self.ask(key, "GET", vec![key.into()]).await?)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        self.in_time(self.several(keys)).await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        match self.ask(key, "SET", set_args(key, value, ttl)).await? {
            Answer::Done => Ok(()),
            other => Err(strange(&other)),
        }
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let mut args = set_args(key, value, ttl);
        match when {
            When::Absent => args.push(b"NX".into()),
            When::Equals(there) => args.extend([b"IFEQ".into(), there.into()]),
        }
        match self.ask(key, "SET", args).await? {
            Answer::Done => Ok(true),
            Answer::Nil => Ok(false),
            other => Err(strange(&other)),
        }
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        match self.ask(key, "DEL", vec![key.into()]).await? {
            Answer::Number(_) => Ok(()),
            other => Err(strange(&other)),
        }
    }
}
