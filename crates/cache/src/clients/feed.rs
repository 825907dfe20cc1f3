//! The feed of a near-cache: a connection of its own to each cache node, on which the gateways
//! tell each other what they have changed.

use super::near_cache::Near;
use super::shelf::Shelf;
use crate::client::{CacheError, Dialer};
use crate::resp::{Reply, decode_reply, encode_command};
use crate::tap::TappedStream;
use bytes::BytesMut;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The channel.
const CHANNEL: &[u8] = b"changed";

/// How long connecting and subscribing may take, and the rest between two attempts.
const CONNECT: Duration = Duration::from_secs(1);
const REST: Duration = Duration::from_millis(100);

/// What is published when a key was changed. `by` is the number of the changer's own feed, which
/// has no need to hear of it, or 0.
pub(super) fn publication(by: Option<i64>, key: &str) -> [Vec<u8>; 3] {
    let payload = format!("{} {key}", by.unwrap_or(0)).into_bytes();
    [b"PUBLISH".to_vec(), CHANNEL.to_vec(), payload]
}

/// Keeps a feed from the node to the shelf, for ever.
pub(super) async fn follow<S: Shelf>(dialer: Dialer, node: usize, near: Arc<Near<S>>) {
    loop {
        if let Ok(Ok(mut feed)) = dialer.timeout(CONNECT, Feed::subscribe(&dialer, node)).await {
            near.feed_found(feed.number);
            while let Ok(message) = feed.heard(&dialer, S::PING).await {
                if let Some(key) = feed.changed(&message) {
                    near.shelf.changed(key).await;
                }
            }
            near.feed_lost();
        }
        dialer.sleep(REST).await;
    }
}

/// A connection that has subscribed.
struct Feed {
    stream: TappedStream,
    inbox: BytesMut,
    /// What the server calls it.
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

    /// The next message or reply, however long it takes.
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

    /// The next message or reply. If `patience` is given, the server is pinged after so long, and
    /// must have answered after so long again.
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

    /// The key that a message says was changed. What it does not understand, or has done itself,
    /// it leaves.
    fn changed<'m>(&self, message: &'m Reply) -> Option<&'m str> {
        let Reply::Array(parts) = message else { return None };
        let [Reply::Bulk(kind), Reply::Bulk(_), Reply::Bulk(payload)] = &parts[..] else {
            return None;
        };
        let (by, key) = std::str::from_utf8(payload).ok()?.split_once(' ')?;
        (kind == "message".as_bytes() && by.parse() != Ok(self.number)).then_some(key)
    }
}

fn unexpected(reply: &Reply) -> CacheError {
    CacheError::Protocol(format!("{reply:?}"))
}
