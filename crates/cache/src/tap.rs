//! Both edges of a cache connection: whose bytes went where. Part of the harness, not of the
//! client: it records facts and changes nothing.
//!
//! A RESP connection answers in order, so counting bytes is enough. The client's edge marks each
//! write with the call in whose scope it happened and with the latest call that had begun by then.
//! The server's edge reports which bytes formed which command and which bytes its reply. The bytes
//! that the client has read show which of its commands are settled.

mod server_end;

pub(crate) use server_end::ServerEnd;

use crate::absences::Absences;
use crate::counters::Counters;
use crate::line::{Line, Mark};
use crate::receipts::{Receipts, Source};
use crate::room::Room;
use crate::seal::Written;
use crate::write_terms::{RecentWrites, WriteTerms};
use crosswire_history::scope::Scope;
use crosswire_history::sync::Mutex;
use crosswire_history::{
    CallId, CommandId, ConnId, Fact, Journal, KeyId, NodeId, RequestId, Returned, scope,
};
use crosswire_net::{Net, Stream};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

type SharedLine = Arc<Mutex<Line>>;

/// The number of parts of batches that are remembered: more than are ever under way in a storm.
const PARTS: usize = 1 << 14;

#[derive(Default)]
struct Lines {
    open: BTreeMap<ConnId, SharedLine>,
    /// The connections on which an open call has written.
    touched: BTreeMap<CallId, Vec<(ConnId, SharedLine)>>,
    /// Gateways whose client promises that a connection has one borrower at a time.
    exclusive: BTreeSet<NodeId>,
    /// Gateways whose client has written outside any caller's scope.
    outside: BTreeSet<NodeId>,
    /// Open calls of clients that write outside their callers' scope, by gateway and key.
    waiting: BTreeMap<(NodeId, KeyId), Vec<Waiting>>,
    /// The part of a batch that is about a key, of the latest [`PARTS`].
    parts: BTreeMap<(CallId, KeyId), CallId>,
}

/// A call whose commands cannot be identified by their scope. Once a command for its key has
/// passed, `sent` holds its place: the connection, and where the command ends.
struct Waiting {
    call: CallId,
    request: RequestId,
    sent: Option<(ConnId, SharedLine, u64)>,
}

/// The taps of one run.
#[derive(Clone)]
pub struct Tap {
    lines: Arc<Mutex<Lines>>,
    /// There has been a batch.
    batches: Arc<AtomicBool>,
    receipts: Arc<Mutex<Receipts>>,
    recent_writes: Arc<Mutex<RecentWrites>>,
    counters: Arc<Mutex<Counters>>,
    absences: Arc<Mutex<Absences>>,
    journal: Journal,
    net: Net,
}

impl Tap {
    /// Creates taps that write to `journal`.
    pub fn new(net: &Net, journal: &Journal) -> Self {
        Self {
            lines: Arc::default(),
            batches: Arc::default(),
            receipts: Arc::default(),
            recent_writes: Arc::default(),
            counters: Arc::default(),
            absences: Arc::default(),
            journal: journal.clone(),
            net: net.clone(),
        }
    }

    fn line(&self, conn: ConnId) -> SharedLine {
        self.lines.lock().open.entry(conn).or_default().clone()
    }

    /// Returns the client's end of a connection to the `cache`-th node.
    pub(crate) fn client_end(&self, stream: Stream, node: NodeId, cache: u16) -> CacheStream {
        let conn = stream.id();
        let what = Fact::Connected { conn, cache };
        self.journal.record(self.net.now_ms(), node, what);
        let line = self.line(conn);
        line.lock().gateway = Some(node);
        let room = Room::default();
        CacheStream { line, tap: self.clone(), stream, conn, node, room, short: false }
    }

    /// Returns the server's end of a connection.
    pub(crate) fn server_end(&self, conn: ConnId) -> ServerEnd {
        ServerEnd::new(self, conn)
    }

    /// Notes that the client of this gateway promises one borrower at a time for each connection.
    pub(crate) fn require_exclusive(&self, gateway: NodeId) {
        self.lines.lock().exclusive.insert(gateway);
    }

    /// Returns whether the client of a gateway has written outside its callers' scope, in a
    /// background task.
    pub(crate) fn writes_outside(&self, node: NodeId) -> bool {
        self.lines.lock().outside.contains(&node)
    }

    /// Registers a call whose client writes outside its callers' scope. The key allows a guess
    /// which command belongs to which call: good enough to classify situations, not to convict.
    /// If the client also renames keys on the wire, its commands belong to no call.
    pub(crate) fn expect_commands(&self, node: NodeId, keys: &[KeyId], scope: Scope) {
        let mut lines = self.lines.lock();
        for key in keys {
            let waiting = Waiting { call: scope.call, request: scope.request, sent: None };
            lines.waiting.entry((node, *key)).or_default().push(waiting);
        }
    }

    /// Removes a call registered with [`expect_commands`](Self::expect_commands). Returns how many
    /// of its commands were sent and not answered, and a connection that carries one of them.
    pub(crate) fn stop_expecting(
        &self,
        node: NodeId,
        keys: &[KeyId],
        call: CallId,
    ) -> (u16, ConnId) {
        let mut lines = self.lines.lock();
        let mut unread = (0, ConnId(0));
        for key in keys {
            let waiting = lines.waiting.get_mut(&(node, *key));
            let waiting = waiting.expect("a key is registered until its call has ended");
            let at = waiting.iter().position(|waiting| waiting.call == call);
            let Waiting { sent, .. } =
                waiting.remove(at.expect("a call is registered for its keys"));
            if waiting.is_empty() {
                lines.waiting.remove(&(node, *key));
            }
            if let Some((conn, line, end)) = sent
                && line.lock().settled < end
            {
                unread = (unread.0 + 1, conn);
            }
        }
        unread
    }

    /// Returns the most favourable source that a value of `write`, returned by `call`, can have;
    /// `None` if no reply has brought it to the gateway.
    pub(crate) fn source(&self, gateway: NodeId, write: CallId, call: CallId) -> Option<Source> {
        self.receipts.lock().source(gateway, write, call)
    }

    /// Notes that the client of a gateway is given the value of `write` to write it.
    pub(crate) fn given(&self, gateway: NodeId, write: CallId) {
        self.receipts.lock().given(gateway, write);
    }

    /// Notes the deadline and the time to live of a call that writes.
    pub(crate) fn note_terms(&self, write: CallId, terms: WriteTerms) {
        self.recent_writes.lock().note(write, terms);
    }

    /// Returns the terms of a write, if it is among the latest.
    pub(crate) fn terms_of(&self, write: CallId) -> Option<WriteTerms> {
        self.recent_writes.lock().of(write)
    }

    /// Notes the call that is the part of a batch about a key.
    pub(crate) fn note_part(&self, batch: CallId, key: KeyId, part: CallId) {
        self.batches.store(true, Ordering::Relaxed);
        let parts = &mut self.lines.lock().parts;
        // Calls are numbered in the order in which they begin, so the first is the oldest.
        if parts.len() == PARTS {
            parts.pop_first();
        }
        parts.insert((batch, key), part);
    }

    /// Returns the part of a batch that is about a key; `None` if the call is no batch.
    pub(crate) fn part(&self, batch: CallId, key: KeyId) -> Option<CallId> {
        // Most clients have no batches, and this is asked of each command.
        if !self.batches.load(Ordering::Relaxed) {
            return None;
        }
        self.lines.lock().parts.get(&(batch, key)).copied()
    }

    /// Notes that the service counts under a key.
    pub(crate) fn counts(&self, key: KeyId) {
        self.counters.lock().counts(key);
    }

    /// Returns the origin of a number that a call returned for a counter; `None` if it is unknown.
    pub(crate) fn origin_of_number(
        &self,
        gateway: NodeId,
        (call, key): (CallId, KeyId),
        number: i64,
    ) -> Option<Returned> {
        self.counters.lock().take(gateway, (call, key), number)
    }

    /// Notes that a call is given a key to note as absent.
    pub(crate) fn note_absent(&self, note: Written) {
        self.absences.lock().note(note);
    }

    /// Returns the origin of an answer that a key is absent.
    pub(crate) fn origin_of_absence(&self, key: KeyId) -> Returned {
        self.absences.lock().origin(key)
    }

    /// Returns whether the client of a gateway had the value of `write` when `call` began.
    pub(crate) fn had(&self, gateway: NodeId, write: CallId, call: CallId) -> bool {
        self.receipts.lock().had(gateway, write, call)
    }

    /// Counts the commands under way that belong to no known call and were sent after `call` began,
    /// and names a connection that carries one of them. One of them may belong to `call`.
    pub(crate) fn unattributed_since(&self, gateway: NodeId, call: CallId) -> (u16, ConnId) {
        let lines = self.lines.lock();
        let mut found = (0, ConnId(0));
        for (conn, line) in &lines.open {
            let line = line.lock();
            let count = line.unattributed_since(call);
            if line.gateway == Some(gateway) && count > 0 {
                found = (found.0 + count as u16, *conn);
            }
        }
        found
    }

    /// Returns how many connections carry replies that an open call has not read, and one of them.
    pub(crate) fn unread_of(&self, call: CallId) -> (u16, ConnId) {
        let lines = self.lines.lock();
        let touched = lines.touched.get(&call).into_iter().flatten();
        let unread = touched.filter(|(_, line)| line.lock().has_unsettled(call));
        unread.fold((0, ConnId(0)), |(count, _), (conn, _)| (count + 1, *conn))
    }

    /// Returns an open connection if an open call has sent commands and has not read all its
    /// replies on any of the connections it used. A call may ask on several connections and settle
    /// for the first answer.
    pub(crate) fn unfounded(&self, call: CallId) -> Option<ConnId> {
        let lines = self.lines.lock();
        let mut open = None;
        for (conn, line) in lines.touched.get(&call).into_iter().flatten() {
            if !line.lock().has_unsettled(call) {
                return None;
            }
            if lines.open.contains_key(conn) {
                open = open.or(Some(*conn));
            }
        }
        open
    }

    /// Forgets a call that has ended.
    pub(crate) fn call_ended(&self, call: CallId) {
        self.lines.lock().touched.remove(&call);
    }

    fn close(&self, conn: ConnId, node: NodeId, line: &SharedLine) {
        self.lines.lock().open.remove(&conn);
        let unread = {
            let mut line = line.lock();
            // A reply that has not arrived yet never will.
            self.received(node, &mut line, CommandId(u32::MAX));
            line.closed = true;
            line.unsettled().count() as u16
        };
        let what = Fact::Disconnected { conn, unread };
        self.journal.record(self.net.now_ms(), node, what);
    }

    /// Notes that the replies on a line were read up to and including that command's.
    fn received(&self, gateway: NodeId, line: &mut Line, up_to: CommandId) {
        if line.brings.is_empty() {
            return;
        }
        let begun = self.journal.latest_call();
        let mut receipts = self.receipts.lock();
        while let Some(write) = line.brought(up_to) {
            receipts.read(gateway, write, begun);
        }
    }
}

/// A connection to a cache node as a client sees it: bytes in and out.
pub struct CacheStream {
    stream: Stream,
    conn: ConnId,
    /// The gateway that owns the connection.
    node: NodeId,
    line: SharedLine,
    tap: Tap,
    room: Room,
    /// The stream took only part of the latest write.
    short: bool,
}

impl CacheStream {
    /// Notes that `count` bytes were written now. `rest` means that they continue the previous
    /// write, of which the stream took only a part.
    fn wrote(&self, count: usize, rest: bool) {
        let scope = scope::current();
        let begun = self.tap.journal.latest_call();
        let mut line = self.line.lock();
        let latest = line.marks.back().map(|mark| (mark.scope, mark.begun));
        let same = latest == Some((scope, begun));
        if !same {
            let rest = rest && latest.is_some_and(|(before, _)| before == scope);
            if !rest {
                self.begins(&mut line, scope);
            }
            let (start, at_ms) = (line.written, self.stream.wrote_ms());
            line.marks.push_back(Mark { start, scope, begun, at_ms, rest });
            line.forget();
        }
        line.written += count as u64;
        drop(line);
        if !same {
            self.touches(scope.call);
        }
    }

    /// Records a new write: whether replies to earlier ones are still to come.
    fn begins(&self, line: &mut Line, scope: Scope) {
        let (mut unread, mut of, mut waits) = (0, None, false);
        for mark in line.unsettled() {
            waits = true;
            if mark.scope.call != scope.call {
                unread += 1;
                of = of.or(Some(mark.scope.call));
            }
        }
        if waits && !line.pipelined {
            line.pipelined = true;
            self.record(Fact::Pipelined { conn: self.conn });
        }
        let promised = || self.tap.lines.lock().exclusive.contains(&self.node);
        if let Some(of) = of.filter(|of| of.0 != 0 && scope.call.0 != 0 && promised()) {
            self.record(Fact::Reused { conn: self.conn, call: scope.call, unread, of });
        }
    }

    fn record(&self, what: Fact) {
        self.tap.journal.record(self.tap.net.now_ms(), self.node, what);
    }

    /// Notes a write in the scope of a call, or of none.
    fn touches(&self, call: CallId) {
        let mut lines = self.tap.lines.lock();
        if call == CallId(0) {
            lines.outside.insert(self.node);
        } else {
            let touched = lines.touched.entry(call).or_default();
            if !touched.iter().any(|(conn, _)| *conn == self.conn) {
                touched.push((self.conn, self.line.clone()));
            }
        }
    }

    fn read(&self, count: usize) {
        let mut line = self.line.lock();
        line.read += count as u64;
        let mut latest = None;
        while let Some(&(reply_end, command_end, command)) = line.replies.front() {
            if reply_end > line.read {
                break;
            }
            line.settled = command_end;
            line.replies.pop_front();
            latest = Some(command);
        }
        if let Some(latest) = latest {
            self.tap.received(self.node, &mut line, latest);
        }
    }
}

impl AsyncRead for CacheStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, into);
        let count = into.filled().len() - before;
        if count > 0 {
            self.read(count);
        }
        polled
    }
}

impl AsyncWrite for CacheStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let Some(taken) = this.room.takes(&this.tap.net, this.node, cx, bytes) else {
            return Poll::Pending;
        };
        let polled = Pin::new(&mut this.stream).poll_write(cx, taken);
        if let Poll::Ready(Ok(count)) = polled
            && count > 0
        {
            let rest = std::mem::replace(&mut this.short, count < bytes.len());
            this.wrote(count, rest);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for CacheStream {
    fn drop(&mut self) {
        self.tap.close(self.conn, self.node, &self.line);
    }
}
