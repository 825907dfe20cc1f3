//! Serves a node with one task that reads and writes in turn. Dropping a read to write loses
//! nothing, since the bytes stay in the task's buffer.
//!
//! Freedom: one task may write the commands of many callers (F4).

use crate::Specimen;
use crate::kit::{Desk, Job, Line, Style, connect, hand_in, tasks};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::collections::VecDeque;
use tokio::sync::mpsc;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "one-task",
    "one task per node reads and writes in turn, and drops a read without loss",
    || connect(|desk| OneTask { queues: tasks(&desk, work), desk }),
);

struct OneTask {
    desk: Desk,
    queues: Vec<mpsc::UnboundedSender<Job>>,
}

async fn work(desk: Desk, node: usize, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some(job) = jobs.recv().await {
        // A lost connection fails the callers that wait on it, and no others.
        let _ = serve(&desk, node, job, &mut jobs).await;
    }
}

async fn serve(
    desk: &Desk,
    node: usize,
    (command, caller): Job,
    jobs: &mut mpsc::UnboundedReceiver<Job>,
) -> Result<(), CacheError> {
    let mut line = desk.dialer.timeout(desk.limit(), Line::dial(&desk.dialer, node)).await??;
    if caller.is_closed() {
        return Ok(());
    }
    let mut waiting = VecDeque::from([(desk.dialer.moment(), caller)]);
    desk.dialer.timeout(desk.limit(), line.write(&command, 1)).await??;
    while let Some((since, first)) = waiting.pop_front() {
        if since.is_past(desk.limit()) {
            return Err(CacheError::Timeout);
        }
        let reply = tokio::select! {
            biased;
            reply = desk.dialer.timeout(desk.limit(), line.reply()) => reply??,
            Some((command, caller)) = jobs.recv() => {
                waiting.push_front((since, first));
                if !caller.is_closed() {
                    waiting.push_back((desk.dialer.moment(), caller));
                    desk.dialer.timeout(desk.limit(), line.write(&command, 1)).await??;
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
        hand_in(&self.queues[node], args).await
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
