//! Histories that read like a story, for tests.

use crate::{Bounds, Findings, InvariantId, Judge};
use crosswire_history::journal::RecentEntries;
use crosswire_history::{
    CacheOp, CallId, CallOutcome, Change, CommandId, ConnId, DeviceId, Entry, Epoch, EventId,
    Exposure as How, Fact, Intent, KeyId, NodeId, NodeKind, Op, Origin, Outcome, Principal,
    RequestId, Returned, Sent, Serial, Subject, UserId,
};

mod facts;
pub(crate) use facts::person;
pub(crate) mod naive;

pub(crate) const GATEWAY: NodeId = NodeId::new(NodeKind::Gateway, 1);
pub(crate) const CACHE: NodeId = NodeId::new(NodeKind::Cache, 0);
pub(crate) const HARNESS: NodeId = NodeId::HARNESS;
pub(crate) const REPLICA: NodeId = NodeId::new(NodeKind::Replica, 0);
pub(crate) const DIRECTORY: NodeId = NodeId::new(NodeKind::Directory, 0);
const CAMERAS: NodeId = NodeId::new(NodeKind::Cameras, 0);
const PHONES: NodeId = NodeId::new(NodeKind::Phones, 0);

pub(crate) const fn event(device: u32, seq: u32) -> EventId {
    EventId { device: DeviceId(device), seq }
}

/// Returns the origin of bytes made by a camera at the start of the run.
pub(crate) fn origin(device: u32, seq: u32, epoch: u32) -> Origin {
    let (event, epoch) = (event(device, seq), Epoch(epoch));
    Origin { event, epoch, captured_ms: 900, maker: Serial(device) }
}

/// A history that is judged while it is written. Time does not pass until the next `at`.
pub(crate) struct Tape {
    judge: Judge,
    past: RecentEntries,
    now_ms: u64,
    epochs: Vec<u32>,
    commits: u64,
}

/// The reply that brought a value, and who wrote the value.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reply {
    returned: Returned,
    key: Option<&'static str>,
    sent: Option<Sent>,
}

impl Reply {
    /// The reply to the command of `call`, which has the call's number. Unless [`sent`](Self::sent)
    /// says otherwise, the command was sent during the call that receives the reply if it is that
    /// call's, and before the call if not.
    pub(crate) fn to(call: u32) -> Self {
        let (command, answered) = (CommandId(call), CallId(call));
        Self { returned: Returned { command, answered, ..Returned::default() }, ..Self::default() }
    }

    /// The reply to a command whose call the wire does not show.
    pub(crate) fn unknown() -> Self {
        let command = CommandId(1);
        Self { returned: Returned { command, ..Returned::default() }, ..Self::default() }
    }

    /// Sets the call that wrote the value.
    pub(crate) fn written_by(self, call: u32) -> Self {
        Self { returned: Returned { written_by: CallId(call), ..self.returned }, ..self }
    }

    /// Sets when the command was sent.
    pub(crate) fn sent(self, sent: Sent) -> Self {
        Self { sent: Some(sent), ..self }
    }

    fn when(self, call: CallId) -> Sent {
        let Returned { command, answered, .. } = self.returned;
        match self.sent {
            Some(sent) => sent,
            None if command == CommandId(0) => Sent::Unknown,
            None if answered == CallId(0) || answered == call => Sent::During,
            None => Sent::Before,
        }
    }

    /// Sets the number of the command.
    pub(crate) fn of(self, command: u32) -> Self {
        let command = CommandId(command);
        Self { returned: Returned { command, ..self.returned }, ..self }
    }

    /// Sets the commit as of which the value was read from the directory before it was written.
    pub(crate) fn as_of(self, as_of: u64) -> Self {
        Self { returned: Returned { as_of, ..self.returned }, ..self }
    }

    pub(crate) fn written_for(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }
}

impl Tape {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            judge: Judge::new(bounds),
            past: RecentEntries::empty(),
            now_ms: 0,
            epochs: Vec::new(),
            commits: 0,
        }
    }

    pub(crate) fn at(&mut self, now_ms: u64) -> &mut Self {
        self.now_ms = now_ms;
        self
    }

    fn put(&mut self, node: NodeId, request: u32, what: Fact) -> &mut Self {
        let entry = Entry { at_ms: self.now_ms, node, request: RequestId(request), what };
        self.play(&[entry])
    }

    pub(crate) fn play(&mut self, entries: &[Entry]) -> &mut Self {
        for entry in entries {
            self.past.remember(*entry);
            self.judge.catch_up(&self.past);
        }
        self
    }

    pub(crate) fn count(&self, id: InvariantId) -> u64 {
        self.judge.report().count(id)
    }

    pub(crate) fn finish(&mut self, end_ms: u64) -> Findings {
        self.judge.finish(end_ms, &self.past)
    }

    pub(crate) fn on(&mut self, node: NodeId, what: Fact) -> &mut Self {
        self.put(node, 0, what)
    }

    /// Returns the id of a text.
    pub(crate) fn key(&mut self, text: &str) -> KeyId {
        self.past.key(text.as_bytes())
    }

    /// Writes an entry of a request on the gateway.
    pub(crate) fn write(&mut self, request: u32, what: Fact) -> &mut Self {
        self.put(GATEWAY, request, what)
    }

    fn epoch(&self, device: u32) -> Epoch {
        Epoch(self.epochs.get(device as usize).copied().unwrap_or(1))
    }

    // Directory.

    fn commits(&mut self, change: Change) -> &mut Self {
        self.commits += 1;
        let commit = self.commits;
        self.on(DIRECTORY, Fact::Committed { commit, change })
    }

    pub(crate) fn claims(&mut self, owner: u32, device: u32) -> &mut Self {
        *crate::list::slot(&mut self.epochs, device) += 1;
        let epoch = self.epoch(device);
        self.commits(Change::Claimed { device: DeviceId(device), epoch, owner: UserId(owner) })
    }

    pub(crate) fn grants(&mut self, user: u32, device: u32) -> &mut Self {
        let epoch = self.epoch(device);
        self.commits(Change::Granted { device: DeviceId(device), epoch, user: UserId(user) })
    }

    pub(crate) fn revokes(&mut self, user: u32, device: u32) -> &mut Self {
        let epoch = self.epoch(device);
        self.commits(Change::Revoked { device: DeviceId(device), epoch, user: UserId(user) })
    }

    pub(crate) fn stores(&mut self, event: EventId) -> &mut Self {
        let epoch = self.epoch(event.device.0);
        self.commits(Change::Stored { event, epoch })
    }

    // Cameras and phones.

    pub(crate) fn captures(&mut self, event: EventId) -> &mut Self {
        let epoch = self.epoch(event.device.0);
        self.put(CAMERAS, 0, Fact::Captured { event, epoch })
    }

    pub(crate) fn acks(&mut self, event: EventId) -> &mut Self {
        self.put(CAMERAS, 0, Fact::Acked { event })
    }

    pub(crate) fn connects(&mut self, request: u32) -> &mut Self {
        self.put(CAMERAS, request, Fact::Settled { op: Op::Connect, outcome: Outcome::Ok })
    }

    pub(crate) fn issues(
        &mut self,
        request: u32,
        user: u32,
        op: Op,
        deadline_ms: u64,
    ) -> &mut Self {
        let (by, subject) = (Principal::User(UserId(user)), Subject::Oneself);
        self.put(PHONES, request, Fact::Issued { by, op, gateway: 1, deadline_ms, subject })
    }

    /// Records the change that a request asks for, with its intent.
    pub(crate) fn asks(
        &mut self,
        request: u32,
        op: Op,
        device: u32,
        user: u32,
        n: u32,
    ) -> &mut Self {
        let (device, user, intent) = (DeviceId(device), UserId(user), Intent(n));
        self.put(PHONES, request, Fact::Asked { op, device, user, intent })
    }

    pub(crate) fn settles(&mut self, request: u32, op: Op, outcome: Outcome) -> &mut Self {
        self.put(PHONES, request, Fact::Settled { op, outcome })
    }

    /// Delivers the bytes of the event named, captured in the present epoch and requested just now.
    pub(crate) fn delivers(&mut self, user: u32, event: EventId, how: How) -> &mut Self {
        self.delivers_since(self.now_ms, user, event, how)
    }

    pub(crate) fn delivers_from(
        &mut self,
        epoch: u32,
        user: u32,
        event: EventId,
        how: How,
    ) -> &mut Self {
        self.shows(user, event, Some(origin(event.device.0, event.seq, epoch)), how)
    }

    pub(crate) fn delivers_since(
        &mut self,
        since_ms: u64,
        user: u32,
        event: EventId,
        how: How,
    ) -> &mut Self {
        let epoch = self.epoch(event.device.0);
        let origin = Some(Origin { event, epoch, captured_ms: 900, maker: Serial(event.device.0) });
        self.delivered(
            0,
            Fact::Delivered { user: UserId(user), named: event, origin, how, since_ms },
        )
    }

    pub(crate) fn shows(
        &mut self,
        user: u32,
        named: EventId,
        origin: Option<Origin>,
        how: How,
    ) -> &mut Self {
        self.shows_in(0, user, named, origin, how)
    }

    pub(crate) fn shows_in(
        &mut self,
        request: u32,
        user: u32,
        named: EventId,
        origin: Option<Origin>,
        how: How,
    ) -> &mut Self {
        let since_ms = self.now_ms;
        self.delivered(
            request,
            Fact::Delivered { user: UserId(user), named, origin, how, since_ms },
        )
    }

    fn delivered(&mut self, request: u32, what: Fact) -> &mut Self {
        self.put(PHONES, request, what)
    }

    // Gateway and cache.

    pub(crate) fn arrives(
        &mut self,
        request: u32,
        user: u32,
        op: Op,
        deadline_ms: u64,
    ) -> &mut Self {
        let by = Principal::User(UserId(user));
        self.write(request, Fact::Arrived { by, op, deadline_ms })
    }

    pub(crate) fn fans_out(&mut self, job: u32) -> &mut Self {
        let (by, op) = (Principal::Gateway, Op::FanOut);
        let deadline_ms = self.now_ms + 5000;
        self.write(job, Fact::Arrived { by, op, deadline_ms })
    }

    pub(crate) fn gets(&mut self, request: u32, call: u32, key: &str) -> &mut Self {
        self.calls(request, call, CacheOp::Get, key, 1)
    }

    pub(crate) fn calls(
        &mut self,
        request: u32,
        call: u32,
        op: CacheOp,
        key: &str,
        keys: u16,
    ) -> &mut Self {
        let (call, key) = (CallId(call), self.past.key(key.as_bytes()));
        let deadline_ms = self.now_ms + 1000;
        self.write(request, Fact::CallBegan { call, op, key, keys, deadline_ms, about: None })
    }

    pub(crate) fn cancels(&mut self, request: u32, call: u32, conn: u32, unread: u16) -> &mut Self {
        let outcome = CallOutcome::Cancelled { unread, conn: ConnId(conn) };
        self.write(request, Fact::CallEnded { call: CallId(call), outcome })
    }

    pub(crate) fn ends(&mut self, request: u32, call: u32) -> &mut Self {
        self.ends_with(request, call, CallOutcome::Hit)
    }

    pub(crate) fn ends_with(&mut self, request: u32, call: u32, outcome: CallOutcome) -> &mut Self {
        self.write(request, Fact::CallEnded { call: CallId(call), outcome })
    }

    /// Begins a call for a key of its user, on a connection where the reply to `of` is unread.
    pub(crate) fn follows(&mut self, request: u32, call: u32, conn: u32, of: u32) -> &mut Self {
        let key = format!("user:{}:devices", request - 20);
        self.gets(request, call, &key).reuses(request, call, conn, of)
    }

    pub(crate) fn fails(&mut self, request: u32, call: u32) -> &mut Self {
        self.write(request, Fact::CallEnded { call: CallId(call), outcome: CallOutcome::Error })
    }

    /// Carries out the command of a call, which has the call's number and finds its key.
    pub(crate) fn executes(&mut self, request: u32, conn: u32, call: u32, key: &str) -> &mut Self {
        self.executes_op(request, conn, call, key, CacheOp::Get, true)
    }

    /// Carries out a command of that number, whose call the wire does not show and which finds its
    /// key.
    pub(crate) fn unattributed_get(&mut self, conn: u32, command: u32, key: &str) -> &mut Self {
        let (command, conn, key) =
            (CommandId(command), ConnId(conn), self.past.key(key.as_bytes()));
        let (call, op) = (CallId(0), CacheOp::Get);
        self.put(CACHE, 0, Fact::Executed { command, conn, call, op, key, db: 0, hit: true })
    }

    pub(crate) fn sets(&mut self, request: u32, conn: u32, key: &str) -> &mut Self {
        self.executes_op(request, conn, 0, key, CacheOp::Set, true)
    }

    /// Lets the cache carry out the write of a call.
    pub(crate) fn writes_for(&mut self, call: u32, key: &str) -> &mut Self {
        self.executes_op(call, 4, call, key, CacheOp::Set, true)
    }

    /// Lets a gateway send the value of a call after the call's time, with the command that is
    /// next.
    pub(crate) fn sends_late(&mut self, gateway: NodeId, call: u32) -> &mut Self {
        let what = Fact::SentLate { command: CommandId(call), call: CallId(call) };
        self.on(gateway, what)
    }

    /// Carries out the command of a call, which has the call's number, in a database.
    pub(crate) fn executes_in(
        &mut self,
        request: u32,
        conn: u32,
        call: u32,
        (key, db): (&str, u8),
    ) -> &mut Self {
        let (command, conn, key) = (CommandId(call), ConnId(conn), self.past.key(key.as_bytes()));
        let (call, op, hit) = (CallId(call), CacheOp::Get, true);
        self.put(CACHE, request, Fact::Executed { command, conn, call, op, key, db, hit })
    }

    pub(crate) fn executes_op(
        &mut self,
        request: u32,
        conn: u32,
        call: u32,
        key: &str,
        op: CacheOp,
        hit: bool,
    ) -> &mut Self {
        let (command, conn, key) = (CommandId(call), ConnId(conn), self.past.key(key.as_bytes()));
        self.put(
            CACHE,
            request,
            Fact::Executed { command, conn, call: CallId(call), op, key, db: 0, hit },
        )
    }

    pub(crate) fn rejects(&mut self, request: u32, conn: u32, call: u32, key: &str) -> &mut Self {
        let (conn, key, op) = (ConnId(conn), self.past.key(key.as_bytes()), CacheOp::Get);
        self.put(CACHE, request, Fact::Rejected { conn, call: CallId(call), op, key })
    }

    pub(crate) fn reuses(&mut self, request: u32, call: u32, conn: u32, of: u32) -> &mut Self {
        let (conn, call, of) = (ConnId(conn), CallId(call), CallId(of));
        self.write(request, Fact::Reused { conn, call, unread: 1, of })
    }

    pub(crate) fn returns(&mut self, call: u32, asked: &str, reply: Reply) -> &mut Self {
        self.returns_to(call, call, asked, reply)
    }

    pub(crate) fn returns_to(
        &mut self,
        request: u32,
        call: u32,
        asked: &str,
        reply: Reply,
    ) -> &mut Self {
        let asked = self.past.key(asked.as_bytes());
        let written_for = reply.key.map(|key| self.past.key(key.as_bytes()));
        let call = CallId(call);
        let returned = Returned { written_for, sent: reply.when(call), ..reply.returned };
        self.write(request, Fact::Value { call, asked, returned })
    }

    pub(crate) fn unfounded(&mut self, call: u32, key: &str, conn: u32) -> &mut Self {
        let key: KeyId = self.past.key(key.as_bytes());
        self.write(call, Fact::Unfounded { call: CallId(call), key, conn: ConnId(conn) })
    }

    pub(crate) fn invalidates(&mut self, request: u32, key: &str) -> &mut Self {
        let key = self.past.key(key.as_bytes());
        self.write(request, Fact::Invalidated { key, call: CallId(0), commit: 0 })
    }
}
