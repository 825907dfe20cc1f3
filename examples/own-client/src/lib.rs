//! A caching client of your own, written from the docs of [`CacheClient`] alone, in two versions:
//! [`Careful`] and [`Hasty`]. They differ in one answer, [`Manners`], and no calm test can
//! distinguish them. `tests/storm.rs` can.
//!
//! The client has one connection to each cache node, and callers take turns. A caller borrows the
//! connection, writes its command, reads its reply and gives the connection back.

use bytes::{Bytes, BytesMut};
use crosswire::cache::resp::{Reply, decode_reply, encode_command};
use crosswire::cache::{
    CacheClient, CacheError, CacheStream, ClientConfig, Connections, Dialer, async_trait,
};
use std::io::ErrorKind;
use std::marker::PhantomData;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, MutexGuard};

/// Decides which connections go back to their place when a caller leaves.
pub trait Manners: Send + Sync + 'static {
    /// Returns whether this connection goes back; `settled` means that the whole reply to the last
    /// command was read.
    fn gives_back(settled: bool) -> bool;
}

/// Gives back a connection whose reply was read. A caller that is dropped before takes the
/// connection with it.
pub struct WhenSettled;

impl Manners for WhenSettled {
    fn gives_back(settled: bool) -> bool {
        settled
    }
}

/// Gives back every connection, so that no caller that leaves, even with an error, costs the next
/// one a new connection. But the reply that the caller did not wait for is still to come, and the
/// next caller takes it for the answer to its command.
pub struct Always;

impl Manners for Always {
    fn gives_back(_: bool) -> bool {
        true
    }
}

/// The correct client.
pub type Careful = OwnClient<WhenSettled>;

/// The client with the bug.
pub type Hasty = OwnClient<Always>;

/// The idle connection to a node; `None` if it is not open or a caller has it.
type Place = Mutex<Option<CacheStream>>;

/// One connection to each cache node.
pub struct OwnClient<M> {
    dialer: Dialer,
    limit: Duration,
    places: Vec<Place>,
    manners: PhantomData<M>,
}

/// A connection while a caller has it.
struct Borrowed<'a, M: Manners> {
    place: MutexGuard<'a, Option<CacheStream>>,
    /// `None` once the connection has gone back.
    stream: Option<CacheStream>,
    settled: bool,
    manners: PhantomData<M>,
}

impl<M: Manners> Drop for Borrowed<'_, M> {
    fn drop(&mut self) {
        if M::gives_back(self.settled) {
            *self.place = self.stream.take();
        }
    }
}

impl<M: Manners> OwnClient<M> {
    /// Creates a client for these nodes. It dials when it is first used.
    pub async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let places = (0..dialer.nodes()).map(|_| Mutex::new(None)).collect();
        Ok(Self { limit: config.op_timeout, places, dialer, manners: PhantomData })
    }

    /// Runs `work` within the time-out of a call.
    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        self.dialer.timeout(self.limit, work).await?
    }

    async fn borrow(&self, node: usize) -> Result<Borrowed<'_, M>, CacheError> {
        let mut place = self.places[node].lock().await;
        let stream = match place.take() {
            Some(stream) => stream,
            None => self.dialer.dial(node).await?,
        };
        Ok(Borrowed { place, stream: Some(stream), settled: true, manners: PhantomData })
    }

    /// Sends one command to the key's node and returns its reply.
    async fn ask(&self, key: &str, command: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut borrowed = self.borrow(self.dialer.node_of(key)).await?;
        match borrowed.ask(command).await? {
            Reply::Error(text) => Err(CacheError::Server(text)),
            reply => Ok(reply),
        }
    }

    async fn value(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        match self.ask(key, &[b"GET", key.as_bytes()]).await? {
            Reply::Bulk(value) => Ok(Some(value)),
            Reply::Nil => Ok(None),
            other => Err(CacheError::Protocol(format!("{other:?}"))),
        }
    }
}

impl<M: Manners> Borrowed<'_, M> {
    async fn ask(&mut self, command: &[&[u8]]) -> Result<Reply, CacheError> {
        let Some(stream) = &mut self.stream else {
            return Err(CacheError::Connection(ErrorKind::NotConnected));
        };
        self.settled = false;
        let mut bytes = BytesMut::new();
        encode_command(&mut bytes, command);
        stream.write_all(&bytes).await?;
        bytes.clear();
        loop {
            match decode_reply(&mut bytes) {
                Ok(Some(reply)) => {
                    self.settled = true;
                    return Ok(reply);
                }
                Ok(None) if stream.read_buf(&mut bytes).await? == 0 => {
                    // Nothing more can arrive, so there is nothing to give back.
                    self.stream = None;
                    return Err(CacheError::Connection(ErrorKind::UnexpectedEof));
                }
                Ok(None) => {}
                Err(error) => return Err(CacheError::Protocol(error.to_string())),
            }
        }
    }
}

#[async_trait]
impl<M: Manners> CacheClient for OwnClient<M> {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        self.in_time(self.value(key)).await
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        // One after another, but all within the time-out of one call.
        self.in_time(async {
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                values.push(self.value(key).await?);
            }
            Ok(values)
        })
        .await
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let command = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        self.in_time(self.ask(key, &command)).await.map(|_| ())
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.in_time(self.ask(key, &[b"DEL", key.as_bytes()])).await.map(|_| ())
    }

    fn connections(&self) -> Connections {
        Connections::Exclusive
    }
}
