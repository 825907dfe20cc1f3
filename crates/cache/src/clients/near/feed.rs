//! The feed of a near-cache: a separate connection to each cache node, on which gateways announce
//! the keys that they have changed.

use super::local_side::LocalSide;
use super::local_store::LocalStore;
use crate::client::{CacheError, Dialer};
use crate::resp::{Reply, decode_reply, encode_command};
use crate::tap::CacheStream;
use bytes::BytesMut;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The channel of the announcements.
const CHANNEL: &[u8] = b"changed";

/// The time allowed for connecting and subscribing, and the pause between two attempts.
const CONNECT: Duration = Duration::from_secs(1);
const REST: Duration = Duration::from_millis(100);

/// Returns the command that announces a changed key. `by` is the number of the changer's own feed,
/// which need not hear about the change; `None` is sent as 0.
pub(super) fn publication(by: Option<i64>, key: &str) -> [Vec<u8>; 3] {
    let payload = format!("{} {key}", by.unwrap_or(0)).into_bytes();
    [b"PUBLISH".to_vec(), CHANNEL.to_vec(), payload]
}

/// Keeps a feed from the node to the local store, forever.
pub(super) async fn follow<S: LocalStore>(dialer: Dialer, node: usize, near: Arc<LocalSide<S>>) {
    loop {
        if let Ok(Ok(mut feed)) = dialer.timeout(CONNECT, Feed::subscribe(&dialer, node)).await {
            near.feed_found(feed.number);
            while let Ok(message) = feed.heard(&dialer, S::PING).await {
                if let Some(key) = feed.changed(&message) {
                    near.store.changed(key).await;
                }
            }
            near.feed_lost();
        }
        dialer.sleep(REST).await;
    }
}

/// A connection that has subscribed.
struct Feed {
    stream: CacheStream,
    inbox: BytesMut,
    /// The connection's number on the server.
    number: i64,
}

impl Feed {
    async fn subscribe(dialer: &Dialer, node: usize) -> Result<Self, CacheError> {
        let stream = dialer.dial(node).await?;
        let mut feed = Self { stream, inbox: BytesMut::new(), number: 0 };
        feed.send(&[b"CLIENT", b"ID"]).await?;
        match feed.next().await? {
            Reply::Int(number) => feed.number = number,
            other => return Err(unexpected(&other)),
        }
        feed.send(&[b"SUBSCRIBE", CHANNEL]).await?;
        match feed.next().await? {
            Reply::Array(_) => Ok(feed),
            other => Err(unexpected(&other)),
        }
    }

    async fn send(&mut self, args: &[&[u8]]) -> Result<(), CacheError> {
        let mut outbox = BytesMut::new();
        encode_command(&mut outbox, args);
        Ok(self.stream.write_all(&outbox).await?)
    }

    /// Waits for the next message or reply, without a limit.
    async fn next(&mut self) -> Result<Reply, CacheError> {
        loop {
            let reply = decode_reply(&mut self.inbox);
            if let Some(reply) = reply.map_err(|error| CacheError::Protocol(error.to_string()))? {
                return Ok(reply);
            }
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Err(CacheError::Connection(io::ErrorKind::UnexpectedEof));
            }
        }
    }

    /// Waits for the next message or reply. With `patience`, pings the server after so long a
    /// silence and then waits that long again for an answer.
    async fn heard(
        &mut self,
        dialer: &Dialer,
        patience: Option<Duration>,
    ) -> Result<Reply, CacheError> {
        let Some(patience) = patience else { return self.next().await };
        if let Ok(heard) = dialer.timeout(patience, self.next()).await {
            return heard;
        }
        let answer = async {
            self.send(&[b"PING"]).await?;
            self.next().await
        };
        dialer.timeout(patience, answer).await?
    }

    /// Returns the key that a message announces as changed. Ignores messages that it does not
    /// understand and those that this client published.
    fn changed<'m>(&self, message: &'m Reply) -> Option<&'m str> {
        let Reply::Array(parts) = message else { return None };
        let [Reply::Bulk(kind), Reply::Bulk(_), Reply::Bulk(payload)] = &parts[..] else {
            return None;
        };
        let (by, key) = std::str::from_utf8(payload).ok()?.split_once(' ')?;
        if kind == "message".as_bytes() && by.parse() != Ok(self.number) { Some(key) } else { None }
    }
}

fn unexpected(reply: &Reply) -> CacheError {
    CacheError::Protocol(format!("{reply:?}"))
}
