//! Mirrors keys on two nodes, and answers when one of them has acknowledged.
//!
//! Trigger: a node that fails during a delete. The other mirror still has the value, and reads go
//! to either. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, done, number, value_of};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "mirror-quorum",
    "takes a write or delete on one of two mirrors as done",
    || connect(|desk| MirrorQuorum { desk, turn: AtomicUsize::new(0) }),
    "bad-network-update",
    &[&["another node"], &["alone"]],
);

struct MirrorQuorum {
    desk: Desk,
    turn: AtomicUsize,
}

impl MirrorQuorum {
    async fn either(&self, key: &str, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (first, nodes) = (self.desk.node_of(key), self.desk.nodes());
        let soon = self.desk.limit() / 2;
        let on = |node| self.desk.dialer.timeout(soon, self.desk.ask(node % nodes, args));
        let (one, other) = tokio::join!(on(first), on(first + 1));
        match (one, other) {
            (Ok(Ok(reply)), _) | (_, Ok(Ok(reply))) => Ok(reply),
            (Err(error) | Ok(Err(error)), _) => Err(error),
        }
    }
}

#[async_trait]
impl Style for MirrorQuorum {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let node = (self.desk.node_of(key) + turn % 2) % self.desk.nodes();
        value_of(self.desk.ask(node, &[b"GET", key.as_bytes()]).await?)
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let ttl_ms = ttl.as_millis().to_string();
        let args: [&[u8]; 5] = [b"SET", key.as_bytes(), value, b"PX", ttl_ms.as_bytes()];
        done(self.either(key, &args).await?)
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        number(self.either(key, &[b"DEL", key.as_bytes()]).await?).map(|_| ())
    }
}
