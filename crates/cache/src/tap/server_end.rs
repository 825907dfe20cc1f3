//! The server's edge of a connection: which bytes formed which command, and which its reply.

use super::{SharedLine, Tap};
use crate::counters::CounterReply;
use crate::receipts::Command;
use crate::received::Received;
use crate::write_terms::WriteTerms;
use bytes::Bytes;
use crosswire_history::{CallId, CommandId, ConnId, KeyId, NodeId, RequestId};
use std::sync::atomic::Ordering;

/// The server's edge of a connection.
pub(crate) struct ServerEnd {
    line: SharedLine,
    tap: Tap,
    conn: ConnId,
    parsed: u64,
}

impl ServerEnd {
    pub(super) fn new(tap: &Tap, conn: ConnId) -> Self {
        Self { line: tap.line(conn), tap: tap.clone(), conn, parsed: 0 }
    }

    /// Takes a command of `bytes` bytes off the stream.
    pub(crate) fn receive(
        &mut self,
        bytes: usize,
        key: Option<KeyId>,
        args: Vec<Bytes>,
    ) -> Received {
        let start = self.parsed;
        self.parsed += bytes as u64;
        let mark = self.line.lock().mark_of(start);
        let (mut scope, sent_after, sent_ms) =
            mark.map(|mark| (mark.scope, mark.begun, mark.at_ms)).unwrap_or_default();
        if let (0, Some(key)) = (scope.call.0, key) {
            scope.request = self.guess(key);
        }
        Received { args, key, scope, sent_after, sent_ms, end: self.parsed }
    }

    /// Guesses which call's request sent the latest command for `key`.
    fn guess(&self, key: KeyId) -> RequestId {
        // Only a client's connection has a gateway.
        let Some(gateway) = self.line.lock().gateway else { return RequestId(0) };
        let mut lines = self.tap.lines.lock();
        let waiting = lines.waiting.get_mut(&(gateway, key)).into_iter().flatten();
        for waiting in waiting {
            if waiting.sent.is_none() {
                waiting.sent = Some((self.conn, self.line.clone(), self.parsed));
                return waiting.request;
            }
        }
        RequestId(0)
    }

    /// Notes the reply to a command: its length in `bytes`, and the writes whose values it brings.
    pub(crate) fn replied(
        &mut self,
        bytes: usize,
        to: &Received,
        id: CommandId,
        brings: &[CallId],
    ) {
        let mut line = self.line.lock();
        line.replied += bytes as u64;
        let reply_end = line.replied;
        line.replies.push_back((reply_end, to.end, id));
        if brings.is_empty() {
            return;
        }
        if line.closed {
            // The client has hung up meanwhile and will not read the reply.
            return;
        }
        // A connection that no client opened brings no gateway a value.
        let Some(gateway) = line.gateway else { return };
        let command = Command { id, call: to.scope.call, sent_after: to.sent_after };
        let mut receipts = self.tap.receipts.lock();
        for write in brings {
            receipts.sent(gateway, *write, command);
            line.brings.push_back((id, *write));
        }
    }

    /// Notes the number in the reply to a command on a counter.
    pub(crate) fn counted(&self, to: &Received, command: CommandId, number: i64) {
        let Some((gateway, key)) = self.line.lock().gateway.zip(to.key) else { return };
        let (call, sent_after) = (to.scope.call, to.sent_after);
        let reply = CounterReply { key, number, command, call, sent_after };
        self.tap.counters.lock().replied(gateway, reply);
    }

    /// Returns the further keys of a command that deletes several of a batch, each with its part of
    /// the batch and whether it is there. The first key's hit is a guess from all of them.
    pub(crate) fn other_parts(
        &self,
        received: &Received,
        mut is_there: impl FnMut(&[u8]) -> bool,
    ) -> Vec<(KeyId, CallId, bool)> {
        let [name, _, others @ ..] = &received.args[..] else { return Vec::new() };
        if others.is_empty() || !self.tap.batches.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let deletes = [&b"DEL"[..], b"UNLINK"].iter().any(|word| name.eq_ignore_ascii_case(word));
        if !deletes {
            return Vec::new();
        }
        let found = others.iter().filter_map(|name| {
            let key = self.tap.journal.key(name);
            let part = self.tap.part(received.scope.call, key)?;
            Some((key, part, is_there(name)))
        });
        found.collect()
    }

    /// Returns the call that a command for a key was sent for: that of its scope or, if that is a
    /// batch, the part about the key.
    pub(crate) fn sender(&self, received: &Received, key: KeyId) -> CallId {
        let call = received.scope.call;
        self.tap.part(call, key).unwrap_or(call)
    }

    /// Returns the gateway that sent a write after the deadline of its call, if it did. A write
    /// sent in the scope of the call itself counts as in time.
    pub(crate) fn sent_late(
        &self,
        received: &Received,
        write: CallId,
        terms: WriteTerms,
    ) -> Option<NodeId> {
        let late = received.scope.call != write && received.sent_ms > terms.deadline_ms;
        if late { self.line.lock().gateway } else { None }
    }

    /// Notes `bytes` bytes that are sent without being the reply to a command.
    pub(crate) fn pushed(&mut self, bytes: usize) {
        self.line.lock().replied += bytes as u64;
    }
}
