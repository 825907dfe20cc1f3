//! A caching client of one's own under the storm, written from the docs of
//! [`crosswire::cache::CacheClient`] alone.
//!
//! It keeps one connection to each cache node and lets callers take turns. Whoever takes the
//! connection out of its place puts it back after the whole reply was read; a caller that is
//! dropped in between leaves the place empty, and the next one dials anew. So no caller ever
//! sees what was meant for another.
//!
//! ```text
//! cargo run --release --example own-client
//! ```

use crosswire::Storm;
use crosswire::cache::resp::{Reply, decode_reply, encode_command};
use crosswire::cache::tap::TappedStream;
use crosswire::cache::{CacheClient, CacheError, ClientConfig, Connections, Dialer, async_trait};
use std::io::ErrorKind;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

/// One connection to each node; `None` while somebody uses it or after they went away.
struct OwnClient {
    dialer: Dialer,
    limit: Duration,
    nodes: Vec<Mutex<Option<TappedStream>>>,
}

impl OwnClient {
    #[expect(clippy::unused_async, reason = "another client may dial here")]
    async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let nodes = (0..dialer.nodes()).map(|_| Mutex::new(None)).collect();
        Ok(Self { limit: config.op_timeout, nodes, dialer })
    }

    /// One command, within the time-out.
    async fn ask(&self, node: usize, command: &[&[u8]]) -> Result<Reply, CacheError> {
        self.dialer.timeout(self.limit, self.converse(node, command)).await?
    }

    async fn value(&self, key: &str) -> Result<Option<bytes::Bytes>, CacheError> {
        match self.converse(self.dialer.node_of(key), &[b"GET", key.as_bytes()]).await? {
            Reply::Bulk(value) => Ok(Some(value)),
            Reply::Nil => Ok(None),
            other => Err(CacheError::Protocol(format!("{other:?}"))),
        }
    }

    async fn converse(&self, node: usize, command: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut place = self.nodes[node].lock().await;
        let mut stream = match place.take() {
            Some(stream) => stream,
            None => self.dialer.dial(node).await?,
        };
        let mut bytes = bytes::BytesMut::new();
        encode_command(&mut bytes, command);
        stream.write_all(&bytes).await?;
        bytes.clear();
        let reply = loop {
            match decode_reply(&mut bytes)
                .map_err(|error| CacheError::Protocol(error.to_string()))?
            {
                Some(reply) => break reply,
                None if stream.read_buf(&mut bytes).await? == 0 => {
                    return Err(CacheError::Connection(ErrorKind::UnexpectedEof));
                }
                None => {}
            }
        };
        *place = Some(stream);
        match reply {
            Reply::Error(text) => Err(CacheError::Server(text)),
            reply => Ok(reply),
        }
    }
}

#[async_trait]
impl CacheClient for OwnClient {
    async fn get(&self, key: &str) -> Result<Option<bytes::Bytes>, CacheError> {
        self.dialer.timeout(self.limit, self.value(key)).await?
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<bytes::Bytes>>, CacheError> {
        // One after another, but all of them within the time-out that holds for each call.
        let work = async {
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                values.push(self.value(key).await?);
            }
            Ok(values)
        };
        self.dialer.timeout(self.limit, work).await?
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let command = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        self.ask(self.dialer.node_of(key), &command).await.map(|_| ())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.ask(self.dialer.node_of(key), &[b"DEL", key.as_bytes()]).await.map(|_| ())
    }

    fn connections(&self) -> Connections {
        Connections::Exclusive
    }
}

/// Plays it.
pub fn main() {
    let seeds = 32;
    Storm::named("reconnect-storm")
        .cache_client("own-client", OwnClient::connect)
        .seeds(seeds)
        .run()
        .assert_clean();
    println!("own-client held for {seeds} seeds of reconnect-storm");
}
