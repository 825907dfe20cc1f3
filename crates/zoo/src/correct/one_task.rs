//! Serves a node with one task that reads and writes in turn. A read that is given up for a write loses
//! nothing, for its bytes stay in the task's buffer.

use crate::Specimen;
use crate::kit::{Desk, Line, Style, connect, frame, refused};
use bytes::Bytes;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "one-task",
    "one task per node reads and writes in turn, with a read that can be given up",
    || connect(OneTask::start),
);

type Job = (Bytes, oneshot::Sender<Reply>);

struct OneTask {
    desk: Desk,
    queues: Vec<mpsc::UnboundedSender<Job>>,
}

impl OneTask {
    fn start(desk: Desk) -> Self {
        let start = |node| {
            let (queue, mut jobs) = mpsc::unbounded_channel();
            let desk = desk.clone();
            tokio::spawn(async move {
                while let Some(job) = jobs.recv().await {
                    // Whatever ends a connection fails those who wait on it, and no others.
                    let _ = serve(&desk, node, job, &mut jobs).await;
                }
            });
            queue
        };
        let queues = (0..desk.nodes()).map(start).collect();
        Self { desk, queues }
    }
}

async fn serve(
    desk: &Desk,
    node: usize,
    (command, caller): Job,
    jobs: &mut mpsc::UnboundedReceiver<Job>,
) -> Result<(), CacheError> {
    if caller.is_closed() {
        return Ok(());
    }
    let mut line = desk.dialer.timeout(desk.limit(), Line::dial(&desk.dialer, node)).await??;
    let mut waiting = VecDeque::from([caller]);
    line.write(&command, 1).await?;
    while let Some(first) = waiting.pop_front() {
        let reply = tokio::select! {
            biased;
            reply = desk.dialer.timeout(desk.limit(), line.reply()) => reply??,
            Some((command, caller)) = jobs.recv() => {
                waiting.push_front(first);
                if !caller.is_closed() {
                    waiting.push_back(caller);
                    line.write(&command, 1).await?;
                }
                continue;
            }
        };
        let _ = first.send(reply);
    }
    Ok(())
}

#[async_trait]
impl Style for OneTask {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let (caller, reply) = oneshot::channel();
        self.queues[node].send((frame(args), caller)).map_err(|_| refused())?;
        reply.await.map_err(|_| refused())
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
