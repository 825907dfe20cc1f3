//! Rules for the commands under way when a shared connection is lost.

use crate::client::CacheError;
use crate::resp::Reply;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// A command and the caller that waits for its reply.
pub struct Waiter {
    /// The command in RESP.
    pub(super) command: Bytes,
    /// True if the command may be carried out twice.
    pub(super) idempotent: bool,
    /// The channel for the reply. The caller may have gone away.
    pub(super) answer: oneshot::Sender<Result<Reply, CacheError>>,
}

/// Decides what happens to commands that were sent and not answered.
pub trait Reconnect: Send + Sync + 'static {
    /// Handles the loss of a connection. `waiting` are the callers waiting for a reply, in the
    /// order of their commands; `outbox` is sent first on the next connection.
    fn lost(waiting: &mut VecDeque<Waiter>, outbox: &mut BytesMut);
}

/// Correct. Each connection has a separate queue. When the connection is lost, all callers in the
/// queue get an error, since it is unknown which of their commands were carried out.
pub struct FailAll;

impl Reconnect for FailAll {
    fn lost(waiting: &mut VecDeque<Waiter>, outbox: &mut BytesMut) {
        outbox.clear();
        fail(waiting, std::io::ErrorKind::ConnectionReset);
    }
}

/// Gives all waiting callers an error.
pub(super) fn fail(waiting: &mut VecDeque<Waiter>, kind: std::io::ErrorKind) {
    for waiter in waiting.drain(..) {
        // A caller that has gone away needs no error.
        let _ = waiter.answer.send(Err(CacheError::Connection(kind)));
    }
}

/// Mechanism 4, reconnect replay skew. The queue of callers outlives the connection. Reads are sent
/// again; writes, which might be carried out twice, are not, yet their callers keep their places in
/// the queue, so from then on each caller takes the reply of the one behind it. Trigger: a
/// connection lost with a write before a read under way. The skew is permanent, as in redis-rs'
/// `aio::Connection` up to 0.29, where the cause was a future dropped in flight.
pub struct ReplayReads;

impl Reconnect for ReplayReads {
    fn lost(waiting: &mut VecDeque<Waiter>, outbox: &mut BytesMut) {
        outbox.clear();
        for waiter in waiting.iter().filter(|waiter| waiter.idempotent) {
            outbox.extend_from_slice(&waiter.command);
        }
    }
}
