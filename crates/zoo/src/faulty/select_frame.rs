//! Reads in a `select!` with a buffer that belongs to the read, so a command that arrives in
//! mid-reply drops the part that was read.
//!
//! Trigger: a reply in two pieces with a command in between. The rest is taken for a reply.
//! nteract's pull request 2182 fixed this bug in a frame reader.

use crate::Specimen;
use crate::kit::{Desk, Job, Style, connect, hand_in, next_reply, refused, tasks};
use bytes::BytesMut;
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::collections::VecDeque;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "select-frame",
    "loses half a reply when `select!` drops a read",
    || connect(|desk| SelectFrame { queues: tasks(&desk, work), desk }),
    "notification-mix-up",
    &[&["two pieces", "in one piece"], &["has been lost", "the rest is"]],
);

struct SelectFrame {
    desk: Desk,
    queues: Vec<mpsc::UnboundedSender<Job>>,
}

async fn work(desk: Desk, node: usize, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while serve(&desk, node, &mut jobs).await.is_err() {}
}

async fn serve(
    desk: &Desk,
    node: usize,
    jobs: &mut mpsc::UnboundedReceiver<Job>,
) -> Result<(), CacheError> {
    let Some(mut job) = jobs.recv().await else { return Ok(()) };
    let mut stream = desk.dialer.timeout(desk.limit(), desk.dialer.dial(node)).await??;
    let mut waiting = VecDeque::new();
    loop {
        waiting.push_back((desk.dialer.moment(), job.1));
        if waiting[0].0.is_past(desk.limit()) {
            return Err(CacheError::Timeout);
        }
        stream.write_all(&job.0).await?;
        job = loop {
            let mut inbox = BytesMut::new();
            let read = desk.dialer.timeout(desk.limit(), next_reply(&mut stream, &mut inbox));
            tokio::select! {
                biased;
                Some(next) = jobs.recv() => break next,
                reply = read, if !waiting.is_empty() => {
                    let (_, first) = waiting.pop_front().ok_or_else(refused)?;
                    let _ = first.send(reply??);
                }
                else => return Ok(()),
            }
        };
    }
}

#[async_trait]
impl Style for SelectFrame {
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
