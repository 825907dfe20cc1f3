//! What becomes of the commands that were under way when a shared connection is lost.

use crate::client::CacheError;
use crate::resp::Reply;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// A command, and who waits for its reply.
pub struct Waiter {
    /// The command in RESP.
    pub(super) command: Bytes,
    /// Whether it may be carried out twice.
    pub(super) idempotent: bool,
    /// Where its reply goes. Whoever waited may have gone away.
    pub(super) answer: oneshot::Sender<Result<Reply, CacheError>>,
}

/// What a client does about commands that were sent and not answered.
pub trait Reconnect: Send + Sync + 'static {
    /// A connection was lost. `waiting` are those who wait for a reply, in the order of their
    /// commands; `outbox` is what is to be sent first on the next connection.
    fn lost(waiting: &mut VecDeque<Waiter>, outbox: &mut BytesMut);
}

/// Right. Each connection has a queue of its own: with the connection all who wait have lost, for
/// nobody knows which of their commands were carried out.
pub struct FailAll;

impl Reconnect for FailAll {
    fn lost(waiting: &mut VecDeque<Waiter>, outbox: &mut BytesMut) {
        outbox.clear();
        fail(waiting, std::io::ErrorKind::ConnectionReset);
    }
}

/// Gives all who wait an error.
pub(super) fn fail(waiting: &mut VecDeque<Waiter>, kind: std::io::ErrorKind) {
    for waiter in waiting.drain(..) {
        // Whoever has gone away need not know.
        let _ = waiter.answer.send(Err(CacheError::Connection(kind)));
    }
}

/// Mechanism 4, reconnect replay skew. The queue of those who wait outlives the connection; reads
/// are sent again and writes, which might be carried out twice, are not, yet whoever wrote keeps
/// the place in the queue: from then on each takes the reply of the one behind. A connection that
/// is lost with a write before a read under way wakes it. It is off by one for ever, as redis-rs'
/// `aio::Connection` was up to 0.29, there by a future that was dropped in flight.
pub struct ReplayReads;

impl Reconnect for ReplayReads {
    fn lost(waiting: &mut VecDeque<Waiter>, outbox: &mut BytesMut) {
        outbox.clear();
        for waiter in waiting.iter().filter(|waiter| waiter.idempotent) {
            outbox.extend_from_slice(&waiter.command);
        }
    }
}
