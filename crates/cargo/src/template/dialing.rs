//! A caching client under the storm: `cargo crosswire test`.
//!
//! Crosswire simulates cameras, phones, gateways, a cache and the network between them, on
//! simulated time, and breaks what can break. Gateways use the client below. Checkers flag every
//! event that reaches a user who may not see it. A failure prints its story and saves a small run,
//! which is replayed first from then on: accept it, and commit it with the fix.
//!
//! The client is one to begin with. It dials by itself, with a plain `tokio`, as a library does
//! that takes an address. No calm test fails with it, and yet it crosses wires: see `ask`. Put your
//! own in its place; the contract that it has to keep is in the docs of `CacheClient`.

// Plain `cargo test` builds without the simulation, and leaves this test out.
#![allow(unexpected_cfgs)]
#![cfg(madsim)]

use crosswire::bytes::{Bytes, BytesMut};
use crosswire::cache::resp::{Reply, decode_reply, encode_command};
use crosswire::{CacheClient, CacheError, ClientConfig, Connections, Dialer, Storm, async_trait};
// The tokio of your own dependencies is the same.
use crosswire_dial::tokio::io::{AsyncReadExt, AsyncWriteExt};
use crosswire_dial::tokio::net::TcpStream;
use crosswire_dial::tokio::sync::Mutex;
use std::net::SocketAddr;
use std::time::Duration;

/// Saved failures. They run first, so a fixed bug stays fixed.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

#[test]
fn our_client_keeps_users_apart() {
    Storm::named("notification-mix-up")
        .cache_client("ours", OurClient::connect)
        .regressions(REGRESSIONS)
        .seeds(16)
        .run()
        .assert_clean();
}

/// Each seed of `swarm` draws another world: another service, other faults, other people.
#[test]
fn our_client_holds_in_every_world() {
    Storm::named("swarm")
        .cache_client("ours", OurClient::connect)
        .regressions(REGRESSIONS)
        .seeds(16)
        .run()
        .assert_clean();
}

/// One connection to each cache node. Callers take turns.
struct OurClient {
    dialer: Dialer,
    limit: Duration,
    /// The addresses of the cache nodes. A library gets `redis://{address}`.
    nodes: Vec<SocketAddr>,
    places: Vec<Mutex<Option<TcpStream>>>,
}

impl OurClient {
    /// Creates a client. It dials when it is first used.
    async fn connect(dialer: Dialer, config: ClientConfig) -> Result<Self, CacheError> {
        let places = (0..dialer.nodes()).map(|_| Mutex::new(None)).collect();
        let nodes = crosswire_dial::addresses(&dialer);
        Ok(Self { dialer, limit: config.op_timeout, nodes, places })
    }

    /// Sends a command to the key's node and returns the reply.
    async fn ask(&self, key: &str, command: &[&[u8]]) -> Result<Reply, CacheError> {
        let node = self.dialer.node_of(key);
        let mut place = self.places[node].lock().await;
        // The mistake: the connection stays in its place while the reply is under way. A call may
        // be dropped at any `.await`, because its user gave up or its time is over. Then the next
        // caller finds the connection, and takes the reply to this command for its own.
        if place.is_none() {
            *place = Some(TcpStream::connect(self.nodes[node]).await?);
        }
        let reply = exchange(place.as_mut().expect("it was dialled"), command).await;
        if reply.is_err() {
            *place = None;
        }
        reply
        // The fix: a call takes the connection with it, and gives it back with the reply read.
        //
        // let mut stream = match place.take() {
        //     Some(stream) => stream,
        //     None => TcpStream::connect(self.nodes[node]).await?,
        // };
        // let reply = exchange(&mut stream, command).await?;
        // *place = Some(stream);
        // Ok(reply)
    }

    async fn value(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        match self.ask(key, &[b"GET", key.as_bytes()]).await? {
            Reply::Bulk(value) => Ok(Some(value)),
            Reply::Nil => Ok(None),
            Reply::Error(text) => Err(CacheError::Server(text)),
            other => Err(CacheError::Protocol(format!("{other:?}"))),
        }
    }

    /// Sends a command that changes something.
    async fn change(&self, key: &str, command: &[&[u8]]) -> Result<(), CacheError> {
        match self.ask(key, command).await? {
            Reply::Error(text) => Err(CacheError::Server(text)),
            _ => Ok(()),
        }
    }
}

/// Writes a command and reads the whole reply.
async fn exchange(stream: &mut TcpStream, command: &[&[u8]]) -> Result<Reply, CacheError> {
    let mut bytes = BytesMut::new();
    encode_command(&mut bytes, command);
    stream.write_all(&bytes).await?;
    bytes.clear();
    loop {
        match decode_reply(&mut bytes) {
            Ok(Some(reply)) => return Ok(reply),
            Ok(None) if stream.read_buf(&mut bytes).await? == 0 => {
                return Err(CacheError::Connection(std::io::ErrorKind::UnexpectedEof));
            }
            Ok(None) => {}
            Err(error) => return Err(CacheError::Protocol(error.to_string())),
        }
    }
}

#[async_trait]
impl CacheClient for OurClient {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        self.dialer.timeout(self.limit, self.value(key)).await?
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        let all = async {
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                values.push(self.value(key).await?);
            }
            Ok(values)
        };
        self.dialer.timeout(self.limit, all).await?
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let command = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        self.dialer.timeout(self.limit, self.change(key, &command)).await?
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        self.dialer.timeout(self.limit, self.change(key, &[b"DEL", key.as_bytes()])).await?
    }

    /// A connection carries one command at a time.
    fn connections(&self) -> Connections {
        Connections::Exclusive
    }
}
