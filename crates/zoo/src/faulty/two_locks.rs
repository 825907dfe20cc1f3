//! Guards sending and reading on a connection with separate locks, so that callers overlap.
//!
//! Trigger: a caller that is dropped between the two. The next reader takes the reply that it left.
//! No public report of this form known; redis-rs issue 1017 has the same effect.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, frame, next_reply, refused};
use bytes::BytesMut;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, CacheStream, Connections, async_trait};
use std::sync::Arc;
use tokio::io::{AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::Mutex;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "two-locks",
    "locks sending and reading separately, so a dropped caller's reply goes to the next",
    || connect(TwoLocks::new),
    "notification-mix-up",
    &[&["is dropped", "fails"], &["left unread", "still unread", "still to come"]],
);

struct Pair {
    output: Mutex<WriteHalf<CacheStream>>,
    input: Mutex<(ReadHalf<CacheStream>, BytesMut)>,
}

struct TwoLocks {
    desk: Desk,
    pairs: Vec<Mutex<Option<Arc<Pair>>>>,
}

impl TwoLocks {
    fn new(desk: Desk) -> Self {
        let pairs = (0..desk.nodes()).map(|_| Mutex::new(None)).collect();
        Self { desk, pairs }
    }

    async fn pair(&self, node: usize) -> Result<Arc<Pair>, CacheError> {
        let mut pair = self.pairs[node].lock().await;
        if pair.is_none() {
            let (input, output) = tokio::io::split(self.desk.dialer.dial(node).await?);
            let input = Mutex::new((input, BytesMut::new()));
            *pair = Some(Arc::new(Pair { output: Mutex::new(output), input }));
        }
        pair.clone().ok_or_else(refused)
    }
}

#[async_trait]
impl Style for TwoLocks {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let pair = self.pair(node).await?;
        let exchange = async {
            pair.output.lock().await.write_all(&frame(args)).await?;
            let (input, inbox) = &mut *pair.input.lock().await;
            next_reply(input, inbox).await
        };
        let reply = exchange.await;
        if reply.is_err() {
            *self.pairs[node].lock().await = None;
        }
        reply
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
