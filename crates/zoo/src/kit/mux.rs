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

/// A caller that waits for a reply.
pub struct Waiter {
    /// The moment when its command was queued.
    pub since: Moment,
    /// The sender for its reply. The receiver is gone if the caller was dropped.
    pub reply: oneshot::Sender<Reply>,
}

/// Decides which waiter a reply is for.
pub trait Router: Default + Send + 'static {
    /// Adds the waiter of a command that is being queued, and returns its ticket.
    fn enter(&mut self, waiter: Waiter) -> u64;

    /// Returns the waiter of the next reply. `None` means that the reply belongs to no caller; the
    /// connection then ends.
    fn next(&mut self, reply: &Reply) -> Option<Waiter>;

    /// Notes that the caller with this ticket is gone, with or without its reply.
    fn leave(&mut self, _ticket: u64) {}

    /// Returns the waiter that has waited for longest.
    fn oldest(&self) -> Option<&Waiter>;
}

/// Routes replies in the order of the commands. A dropped caller keeps its turn.
#[derive(Default)]
pub struct InOrder(VecDeque<Waiter>);

impl Router for InOrder {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        self.0.push_back(waiter);
        0
    }

    fn next(&mut self, _reply: &Reply) -> Option<Waiter> {
        self.0.pop_front()
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.0.front()
    }
}

/// The router, and `None` once the connection is lost.
type Routing<R> = Arc<Mutex<Option<R>>>;

/// A command, and the moment when it was queued.
struct Queued {
    bytes: Bytes,
    since: Moment,
}

/// A pipelined connection.
struct Mux<R> {
    queue: mpsc::UnboundedSender<Queued>,
    routing: Routing<R>,
    tasks: [JoinHandle<()>; 2],
}

impl<R: Router> Mux<R> {
    async fn dial(desk: &Desk, node: usize) -> Result<Self, CacheError> {
        let (mut input, mut output) = tokio::io::split(desk.dialer.dial(node).await?);
        let (queue, mut commands) = mpsc::unbounded_channel::<Queued>();
        let routing: Routing<R> = Arc::new(Mutex::new(Some(R::default())));
        let limit = desk.limit();
        let writer = tokio::spawn(async move {
            while let Some(Queued { bytes, since }) = commands.recv().await {
                // A command is sent in the time of its call, or the connection is at its end.
                if since.is_past(limit) || output.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        });
        let routes = routing.clone();
        let reader = tokio::spawn(async move {
            let mut inbox = BytesMut::new();
            while let Ok(reply) = next_reply(&mut input, &mut inbox).await {
                let waiter = lock(&routes).as_mut().and_then(|router| router.next(&reply));
                let Some(waiter) = waiter else { break };
                let _ = waiter.reply.send(reply);
            }
            *lock(&routes) = None;
        });
        Ok(Self { queue, routing, tasks: [writer, reader] })
    }

    /// Returns true if the connection is lost or has owed a reply for longer than `limit`.
    fn is_dead(&self, limit: Duration) -> bool {
        match lock(&self.routing).as_ref() {
            None => true,
            Some(router) => {
                let late = router.oldest().is_some_and(|waiter| waiter.since.is_past(limit));
                late || self.queue.is_closed()
            }
        }
    }
}

impl<R> Drop for Mux<R> {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A caller's place with the router, which is given up on drop.
struct Place<R: Router> {
    routing: Routing<R>,
    ticket: u64,
}

impl<R: Router> Drop for Place<R> {
    fn drop(&mut self) {
        if let Some(router) = lock(&self.routing).as_mut() {
            router.leave(self.ticket);
        }
    }
}

/// A slot for one pipelined connection, which is replaced when it is dead.
pub struct MuxSlot<R = InOrder>(tokio::sync::Mutex<Option<Mux<R>>>);

impl<R> Default for MuxSlot<R> {
    fn default() -> Self {
        Self(tokio::sync::Mutex::new(None))
    }
}

impl<R: Router> MuxSlot<R> {
    /// Sends one command and waits for its reply.
    pub async fn ask(&self, desk: &Desk, node: usize, command: Bytes) -> Result<Reply, CacheError> {
        let (sender, reply) = oneshot::channel();
        let _place = {
            let mut slot = self.0.lock().await;
            if slot.as_ref().is_none_or(|mux| mux.is_dead(desk.limit())) {
                *slot = None;
                *slot = Some(Mux::dial(desk, node).await?);
            }
            let Some(mux) = slot.as_ref() else { return Err(refused()) };
            let since = desk.dialer.moment();
            let queued = Queued { bytes: command, since: since.clone() };
            let waiter = Waiter { since, reply: sender };
            let ticket = lock(&mux.routing).as_mut().map(|router| router.enter(waiter));
            let ticket = ticket.ok_or_else(refused)?;
            mux.queue.send(queued).map_err(|_| refused())?;
            Place { routing: mux.routing.clone(), ticket }
        };
        reply.await.map_err(|_| refused())
    }
}
