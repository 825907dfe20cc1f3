//! One connection that carries the commands of many callers, with a task for each direction.

use super::{Desk, lock, next_reply, refused};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Moment};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Waiters in the order of their commands; `None` once the connection is lost.
type Pending = Arc<Mutex<Option<VecDeque<(Moment, oneshot::Sender<Reply>)>>>>;

/// A pipelined connection.
pub struct Mux {
    queue: mpsc::UnboundedSender<(Bytes, oneshot::Sender<Reply>)>,
    pending: Pending,
    tasks: [JoinHandle<()>; 2],
}

impl Mux {
    /// Connects to a node and starts the two tasks.
    pub async fn dial(desk: &Desk, node: usize) -> Result<Self, CacheError> {
        let (mut input, mut output) = tokio::io::split(desk.dialer.dial(node).await?);
        let (queue, mut commands) = mpsc::unbounded_channel::<(Bytes, oneshot::Sender<Reply>)>();
        let pending: Pending = Arc::new(Mutex::new(Some(VecDeque::new())));
        let (waiting, dialer) = (pending.clone(), desk.dialer.clone());
        let writer = tokio::spawn(async move {
            while let Some((bytes, waiter)) = commands.recv().await {
                if waiter.is_closed() {
                    continue;
                }
                match lock(&waiting).as_mut() {
                    Some(waiting) => waiting.push_back((dialer.moment(), waiter)),
                    None => return,
                }
                if output.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        });
        let waiting = pending.clone();
        let reader = tokio::spawn(async move {
            let mut inbox = BytesMut::new();
            while let Ok(reply) = next_reply(&mut input, &mut inbox).await {
                let waiter = lock(&waiting).as_mut().and_then(VecDeque::pop_front);
                let Some((_, waiter)) = waiter else { break };
                // Nobody listens if the caller was dropped; the reply is theirs all the same.
                let _ = waiter.send(reply);
            }
            *lock(&waiting) = None;
        });
        Ok(Self { queue, pending, tasks: [writer, reader] })
    }

    /// Returns whether the connection is lost, or has owed a reply for longer than `limit`.
    pub fn is_dead(&self, limit: Duration) -> bool {
        match lock(&self.pending).as_ref() {
            _ if self.queue.is_closed() => true,
            None => true,
            Some(pending) => pending.front().is_some_and(|(since, _)| since.is_past(limit)),
        }
    }

    /// Queues an encoded command.
    pub fn send(&self, command: Bytes) -> Result<oneshot::Receiver<Reply>, CacheError> {
        let (waiter, reply) = oneshot::channel();
        match self.queue.send((command, waiter)) {
            Ok(()) => Ok(reply),
            Err(_) => Err(refused()),
        }
    }
}

impl Drop for Mux {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A place for one pipelined connection, which is dialled again when it is dead.
#[derive(Default)]
pub struct MuxSlot(tokio::sync::Mutex<Option<Mux>>);

impl MuxSlot {
    /// Sends one command and waits for its reply.
    pub async fn ask(&self, desk: &Desk, node: usize, command: Bytes) -> Result<Reply, CacheError> {
        let reply = {
            let mut slot = self.0.lock().await;
            if slot.as_ref().is_none_or(|mux| mux.is_dead(desk.limit())) {
                *slot = None;
                *slot = Some(Mux::dial(desk, node).await?);
            }
            let Some(mux) = slot.as_ref() else { return Err(refused()) };
            mux.send(command)?
        };
        reply.await.map_err(|_| refused())
    }
}
