//! Writes and deletes on two nodes, and answers only when both have acknowledged. Reads go to the
//! two in turn and, if one fails, to the other.
//!
//! Freedom: the contract does not say which nodes hold a value, as long as a `del` clears all of
//! them (M9).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, number, value_of};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("mirrored", "writes to two nodes and reads from either", || {
        connect(|desk| Mirrored { desk, turn: AtomicUsize::new(0) })
    });

struct Mirrored {
    desk: Desk,
    turn: AtomicUsize,
}

impl Mirrored {
    async fn both(&self, key: &str, args: &[&[u8]]) -> Result<[Reply; 2], CacheError> {
        let (first, nodes) = (self.desk.node_of(key), self.desk.nodes());
        let on = |node| self.desk.ask(node % nodes, args);
        let (one, other) = tokio::join!(on(first), on(first + 1));
        Ok([one?, other?])
    }
}

#[async_trait]
impl Style for Mirrored {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let (nodes, turn) = (self.desk.nodes(), self.turn.fetch_add(1, Ordering::Relaxed));
        let node = |nth: usize| (self.desk.node_of(key) + nth % 2) % nodes;
        let args: [&[u8]; 2] = [b"GET", key.as_bytes()];
        match self.desk.ask(node(turn), &args).await {
            Ok(Reply::Error(_)) | Err(_) => {}
            Ok(reply) => return value_of(reply),
        }
        value_of(self.desk.ask(node(turn + 1), &args).await?)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let args: [&[u8]; 5] = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        let [one, other] = self.both(key, &args).await?;
        done(one).and(done(other))
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let [one, other] = self.both(key, &[b"DEL", key.as_bytes()]).await?;
        number(one).and(number(other)).map(|_| ())
    }
}
