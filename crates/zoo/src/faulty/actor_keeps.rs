//! Gives each node an actor that abandons a command after half the time-out and goes on with the
//! next one on the same connection.
//!
//! Trigger: a slow reply. The next command receives it. hiredis issue 306 describes this: a
//! per-request time-out leaves the reply for the next request.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, refused};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use tokio::sync::{mpsc, oneshot};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "actor-keeps",
    "an actor goes on with a connection that still owes a reply",
    || connect(ActorKeeps::start),
    "notification-mix-up",
    &[&["fails", "gives up", "no answer"], &["left unread", "still unread", "still to come"]],
);

type Job = (Bytes, oneshot::Sender<Result<Reply, CacheError>>);

struct ActorKeeps {
    desk: Desk,
    queues: Vec<mpsc::Sender<Job>>,
}

impl ActorKeeps {
    fn start(desk: Desk) -> Self {
        let start = |node| {
            let (queue, jobs) = mpsc::channel(64);
            tokio::spawn(work(desk.clone(), node, jobs));
            queue
        };
        let queues = (0..desk.nodes()).map(start).collect();
        Self { desk, queues }
    }
}

async fn work(desk: Desk, node: usize, mut jobs: mpsc::Receiver<Job>) {
    let mut kept: Option<Line> = None;
    while let Some((command, caller)) = jobs.recv().await {
        let exchange = async {
            if kept.as_ref().is_none_or(|line| !line.whole || line.owed > 4) {
                kept = Some(Line::dial(&desk.dialer, node).await?);
            }
            let line = kept.as_mut().ok_or_else(refused)?;
            line.write(&command, 1).await?;
            line.reply().await
        };
        let reply = desk.dialer.timeout(desk.limit() / 2, exchange).await;
        let _ = caller.send(reply.unwrap_or_else(Err));
    }
}

#[async_trait]
impl Style for ActorKeeps {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (caller, reply) = oneshot::channel();
        self.queues[node].try_send((frame(args), caller)).map_err(|_| refused())?;
        reply.await.map_err(|_| refused())?
    }
}
