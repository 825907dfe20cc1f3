//! Gives each node an actor: a task that owns the connection and works off a bounded queue, one
//! command at a time. It skips commands whose callers are gone.
//!
//! Freedom: one task may write the commands of many callers (F4), and a call may be refused, here
//! when the queue is full (F12).

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, refused};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use tokio::sync::{mpsc, oneshot};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "actor",
    "one actor per node owns the connection and serves a bounded queue of commands",
    || connect(Actors::start),
);

const QUEUE: usize = 64;

type Job = (Bytes, oneshot::Sender<Result<Reply, CacheError>>);

struct Actors {
    desk: Desk,
    queues: Vec<mpsc::Sender<Job>>,
}

impl Actors {
    fn start(desk: Desk) -> Self {
        let start = |node| {
            let (queue, jobs) = mpsc::channel(QUEUE);
            tokio::spawn(work(desk.clone(), node, jobs));
            queue
        };
        let queues = (0..desk.nodes()).map(start).collect();
        Self { desk, queues }
    }
}

async fn work(desk: Desk, node: usize, mut jobs: mpsc::Receiver<Job>) {
    let mut kept = None;
    while let Some((command, caller)) = jobs.recv().await {
        if caller.is_closed() {
            continue;
        }
        let exchange = async {
            let mut line = match kept.take() {
                Some(line) => line,
                None => Line::dial(&desk.dialer, node).await?,
            };
            if caller.is_closed() {
                kept = Some(line);
                return Err(refused());
            }
            line.write(&command, 1).await?;
            let reply = line.reply().await?;
            kept = Some(line);
            Ok(reply)
        };
        let reply = match desk.dialer.timeout(desk.limit(), exchange).await {
            Ok(reply) => reply,
            Err(late) => Err(late),
        };
        let _ = caller.send(reply);
    }
}

#[async_trait]
impl Style for Actors {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (caller, reply) = oneshot::channel();
        self.queues[node].try_send((frame(args), caller)).map_err(|_| refused())?;
        reply.await.map_err(|_| refused())?
    }
}
