//! Batches with a leader that reads no replies for callers who are gone.
//!
//! Trigger: a caller that is dropped while it waits in a batch. Its reply goes to the caller behind
//! it. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, lock, refused};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::sync::Mutex;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "leader-skips",
    "the leader of a batch reads no replies for callers who are gone",
    || connect(LeaderSkips::new),
    "notification-mix-up",
    &[&["is dropped", "fails"], &["left unread", "still unread", "still to come"]],
);

type Queue = Mutex<Vec<(Bytes, oneshot::Sender<Reply>)>>;

struct LeaderSkips {
    desk: Desk,
    nodes: Vec<(Queue, tokio::sync::Mutex<Option<Line>>)>,
}

impl LeaderSkips {
    fn new(desk: Desk) -> Self {
        let nodes = (0..desk.nodes()).map(|_| Default::default()).collect();
        Self { desk, nodes }
    }
}

#[async_trait]
impl Style for LeaderSkips {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (waiter, reply) = oneshot::channel();
        let (queue, place) = &self.nodes[node];
        lock(queue).push((frame(args), waiter));
        let mut place = place.lock().await;
        let batch = std::mem::take(&mut *lock(queue));
        if !batch.is_empty() {
            let mut line = match place.take() {
                Some(line) => line,
                None => Line::dial(&self.desk.dialer, node).await?,
            };
            let (commands, waiters): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            line.write(&commands.concat(), commands.len()).await?;
            for waiter in waiters.into_iter().filter(|waiter| !waiter.is_closed()) {
                let _ = waiter.send(line.reply().await?);
            }
            *place = Some(line);
        }
        drop(place);
        reply.await.map_err(|_| refused())
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
