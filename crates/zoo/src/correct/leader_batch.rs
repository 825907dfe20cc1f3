//! Batches with a leader: the caller that gets the lock writes all queued commands and hands out
//! the replies. A dropped leader takes the connection with it, and its followers fail.
//!
//! Freedom: one caller may write the commands of many (F4).

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, lock, refused};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::sync::Mutex;
use tokio::sync::oneshot::{self, error::TryRecvError};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "leader-batch",
    "the caller that holds the lock writes all queued commands",
    || connect(LeaderBatch::new),
);

#[derive(Default)]
struct Node {
    queued: Mutex<Vec<(Bytes, oneshot::Sender<Reply>)>>,
    line: tokio::sync::Mutex<Option<Line>>,
}

struct LeaderBatch {
    desk: Desk,
    nodes: Vec<Node>,
}

impl LeaderBatch {
    fn new(desk: Desk) -> Self {
        let nodes = (0..desk.nodes()).map(|_| Node::default()).collect();
        Self { desk, nodes }
    }

    async fn lead(&self, node: usize, place: &mut Option<Line>) -> Result<(), CacheError> {
        let mut line = match place.take() {
            Some(line) => line,
            None => Line::dial(&self.desk.dialer, node).await?,
        };
        let queued = std::mem::take(&mut *lock(&self.nodes[node].queued));
        let (commands, waiters): (Vec<_>, Vec<_>) =
            queued.into_iter().filter(|(_, waiter)| !waiter.is_closed()).unzip();
        line.write(&commands.concat(), commands.len()).await?;
        for waiter in waiters {
            let _ = waiter.send(line.reply().await?);
        }
        *place = Some(line);
        Ok(())
    }
}

#[async_trait]
impl Style for LeaderBatch {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (waiter, mut reply) = oneshot::channel();
        let here = &self.nodes[node];
        lock(&here.queued).push((frame(args), waiter));
        tokio::select! {
            biased;
            reply = &mut reply => return reply.map_err(|_| refused()),
            mut place = here.line.lock() => {
                // An earlier leader may have taken this command already.
                if let Err(TryRecvError::Empty) = reply.try_recv() {
                    self.lead(node, &mut place).await?;
                }
            }
        }
        reply.await.map_err(|_| refused())
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
