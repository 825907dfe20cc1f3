//! The edge around a caching client: what each call was asked, what it returned, and how it ended.
//! Part of the harness; the service holds the probe in place of the client and cannot see
//! the difference.

mod batch;
mod offered;

use crate::cancel::Cancellation;
use crate::client::{CacheClient, CacheError, Connections, When};
use crate::compared::Compared;
use crate::offers::{Batch, Changes, Lookup, Offers, Write};
use crate::seal::{Sealer, Written};
use crate::tap::Tap;
use crate::write_terms::WriteTerms;
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_history::scope::{self, Scope, Scoped};
use crosswire_history::{
    CacheOp, CallId, CallOutcome, ConnId, Fact, Journal, KeyId, NodeId, Returned, Sent, UserId,
};
use crosswire_net::Net;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A client under the harness's observation.
pub struct Probe {
    client: Arc<dyn CacheClient>,
    node: NodeId,
    net: Net,
    journal: Journal,
    tap: Tap,
    sealer: Sealer,
    cancellation: Cancellation,
    person_of: PersonOf,
    /// `None` if the service compares nothing.
    compared: Option<Compared>,
    op_timeout_ms: u64,
}

/// Returns the user whose relation a key names, if the harness knows.
pub type PersonOf = fn(&str) -> Option<UserId>;

/// Dependencies of a probe, besides the client.
#[derive(Clone)]
pub struct ProbeDeps {
    /// The network, for the time.
    pub net: Net,
    /// The journal to write to.
    pub journal: Journal,
    /// The taps of the run.
    pub tap: Tap,
    /// The seals of the run.
    pub sealer: Sealer,
    /// The run's cancellation of calls.
    pub cancellation: Cancellation,
    /// Finds the user whose data a key names.
    pub person_of: PersonOf,
    /// True if the service makes conditional writes.
    pub compares: bool,
}

impl Probe {
    /// Observes `client`, which the gateway `node` uses. Its calls must end within `op_timeout`.
    pub fn new(
        client: Arc<dyn CacheClient>,
        node: NodeId,
        deps: ProbeDeps,
        op_timeout: Duration,
    ) -> Self {
        let ProbeDeps { net, journal, tap, sealer, cancellation, person_of, compares } = deps;
        let compared = if compares { Some(Compared::default()) } else { None };
        let op_timeout_ms = op_timeout.as_millis() as u64;
        for offer in client.offers().declared() {
            journal.record(net.now_ms(), node, Fact::Offered { offer });
        }
        if client.connections() == Connections::Exclusive {
            tap.require_exclusive(node);
        }
        Self {
            client,
            node,
            net,
            journal,
            tap,
            sealer,
            cancellation,
            person_of,
            compared,
            op_timeout_ms,
        }
    }

    fn record(&self, what: Fact) {
        self.journal.record(self.net.now_ms(), self.node, what);
    }

    fn key(&self, key: &str) -> KeyId {
        self.journal.key(key.as_bytes())
    }

    /// Seals a value that a call gives the client to write, and notes the write's deadline and time
    /// to live. The seal names the call and the commit that the directory last answered as of, to
    /// the request in whose scope the value is written.
    fn given(&self, key: KeyId, open: &Open<'_>, value: &[u8], ttl: Duration) -> Vec<u8> {
        self.given_to((key, open.call), open.deadline_ms, value, ttl)
    }

    fn given_to(
        &self,
        (key, by): (KeyId, CallId),
        deadline_ms: u64,
        value: &[u8],
        ttl: Duration,
    ) -> Vec<u8> {
        let ttl_ms = ttl.as_millis() as u64;
        let terms = WriteTerms { deadline_ms, ttl_ms, touches: false };
        self.tap.note_terms(by, terms);
        if self.client.keeps_values() {
            self.tap.given(self.node, by);
        }
        self.sealed(key, by, value)
    }

    /// Notes the life that a call gives a key without writing it.
    fn touches(&self, open: &Open<'_>, ttl: Duration) {
        let (deadline_ms, ttl_ms) = (open.deadline_ms, ttl.as_millis() as u64);
        self.tap.note_terms(open.call, WriteTerms { deadline_ms, ttl_ms, touches: true });
    }

    fn sealed(&self, key: KeyId, by: CallId, value: &[u8]) -> Vec<u8> {
        self.sealer.seal(self.written(key, by), value)
    }

    /// Returns what there is to say about a write in the current scope.
    fn written(&self, key: KeyId, by: CallId) -> Written {
        let request = scope::current().request;
        let as_of = self.journal.answers(|answers| answers.as_of(request));
        Written { key, by, as_of }
    }

    /// Records that the service is about to delete a key.
    fn invalidated(&self, key: KeyId, call: CallId) {
        let request = scope::current().request;
        let commit = self.journal.answers(|answers| answers.change(request));
        self.record(Fact::Invalidated { key, call, commit });
    }

    /// Ends a read of one key, and opens the value that it returned.
    fn answered(
        &self,
        open: Open<'_>,
        result: Result<Option<Bytes>, CacheError>,
    ) -> Result<Option<Bytes>, CacheError> {
        let asked = open.keys[0];
        if result.is_ok() {
            open.check_founded(asked);
        }
        let result = result.map(|found| found.map(|sealed| self.opened(&open, asked, &sealed)));
        open.end(match &result {
            Ok(Some(_)) => CallOutcome::Hit,
            Ok(None) => CallOutcome::Miss,
            Err(_) => CallOutcome::Error,
        });
        result
    }

    /// Returns the sealed form, as the client knows it, of a value that a key is expected to hold.
    fn compared(&self, key: KeyId, by: CallId, value: &[u8]) -> Bytes {
        let known = self.compared.as_ref().and_then(|compared| compared.sealed(key, value));
        known.unwrap_or_else(|| self.sealed(key, by, value).into())
    }

    fn begin(&self, op: CacheOp, first: &str, keys: Vec<KeyId>) -> Open<'_> {
        let call = self.journal.next_call();
        let deadline_ms = self.net.now_ms() + self.op_timeout_ms;
        let (key, count) = (keys[0], keys.len() as u16);
        let about = (self.person_of)(first);
        self.record(Fact::CallBegan { call, op, key, keys: count, deadline_ms, about });
        let guessed = self.tap.writes_outside(self.node);
        if guessed {
            let scope = Scope { request: scope::current().request, call };
            self.tap.expect_commands(self.node, &keys, scope);
        }
        Open { probe: self, call, keys, deadline_ms, guessed, over: false }
    }

    /// Opens a value that the client returned for `asked`, and records where it came from.
    fn opened(&self, open: &Open<'_>, asked: KeyId, sealed: &Bytes) -> Bytes {
        let (value, returned) = if let Some((len, returned)) = self.sealer.open(sealed) {
            if let Some(compared) = &self.compared {
                compared.note(asked, sealed.clone(), len);
            }
            (sealed.slice(..len), self.sourced(open.call, returned))
        } else {
            let bytes = sealed.len() as u32;
            self.record(Fact::Unwritten { call: open.call, key: asked, bytes });
            (sealed.clone(), Returned::default())
        };
        self.record(Fact::Value { call: open.call, asked, returned });
        value
    }

    /// Adds the reply that brought a value, allowing for the freedoms that the client declares.
    fn sourced(&self, call: CallId, returned: Returned) -> Returned {
        let write = returned.written_by;
        let Some(source) = self.tap.source(self.node, write, call) else { return returned };
        let may_be_kept = || self.client.keeps_values() && self.tap.had(self.node, write, call);
        let sent = match source.sent {
            Sent::Before if self.client.joins_reads() => Sent::Joined,
            Sent::Kept | Sent::Before if may_be_kept() => return returned,
            sent => sent,
        };
        Returned { command: source.command, answered: source.answered, sent, ..returned }
    }
}

/// A call that has not ended. If dropped before its end, it was cancelled.
struct Open<'p> {
    probe: &'p Probe,
    call: CallId,
    keys: Vec<KeyId>,
    deadline_ms: u64,
    /// Its commands can be identified by their keys only.
    guessed: bool,
    over: bool,
}

impl Open<'_> {
    /// Runs the client's future in the scope of this call.
    async fn run<T>(
        &self,
        future: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        let request = scope::current().request;
        let scoped = Scoped::new(Scope { request, call: self.call }, future);
        self.probe.cancellation.watch(self.probe.node, scoped).await
    }

    /// Checks that an answered read has a basis. A client with exclusive connections has by then
    /// read, on at least one connection, all replies to the commands that the call sent; otherwise
    /// it cannot know the answer.
    fn check_founded(&self, key: KeyId) {
        if self.probe.client.connections() == Connections::Exclusive
            && let Some(conn) = self.probe.tap.unfounded(self.call)
        {
            self.probe.record(Fact::Unfounded { call: self.call, key, conn });
        }
    }

    /// Checks that a multi-get returned one value for each key.
    fn check_shape(&self, values: usize) {
        let (call, key) = (self.call, self.keys[0]);
        if values != self.keys.len() {
            let (keys, values) = (self.keys.len() as u16, values as u16);
            self.probe.record(Fact::Misshapen { call, key, keys, values });
        }
    }

    /// Returns how many of the call's commands were sent without their replies being read, and a
    /// connection that carries one of them. Commands are attributed by the scope in which they were
    /// written; failing that by key; failing that, every command sent meanwhile counts.
    fn unread(&self, guessed: Option<(u16, ConnId)>) -> (u16, ConnId) {
        let tap = &self.probe.tap;
        let own = tap.unread_of(self.call);
        match guessed {
            _ if own.0 > 0 => own,
            Some(guessed) if guessed.0 > 0 => guessed,
            Some(_) => tap.unattributed_since(self.probe.node, self.call),
            None => own,
        }
    }

    fn end(mut self, outcome: CallOutcome) {
        self.over = true;
        self.probe.record(Fact::CallEnded { call: self.call, outcome });
    }

    fn end_with<T>(self, result: &Result<T, CacheError>) {
        self.end(if result.is_ok() { CallOutcome::Hit } else { CallOutcome::Error });
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let tap = &self.probe.tap;
        let guessed = if self.guessed {
            Some(tap.stop_expecting(self.probe.node, &self.keys, self.call))
        } else {
            None
        };
        if !self.over {
            let (unread, conn) = self.unread(guessed);
            let outcome = CallOutcome::Cancelled { unread, conn };
            self.probe.record(Fact::CallEnded { call: self.call, outcome });
        }
        tap.call_ended(self.call);
    }
}

#[async_trait]
impl CacheClient for Probe {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Get, key, vec![asked]);
        let result = open.run(self.client.get(key)).await;
        self.answered(open, result)
    }

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
        let open = self.begin(CacheOp::Mget, &keys[0], asked);
        let mut result = open.run(self.client.mget(keys)).await;
        if let Ok(found) = &mut result {
            open.check_founded(open.keys[0]);
            open.check_shape(found.len());
            for (key, value) in open.keys.iter().zip(found) {
                *value = value.take().map(|sealed| self.opened(&open, *key, &sealed));
            }
        }
        open.end(match &result {
            Ok(found) if found.iter().any(Option::is_some) => CallOutcome::Hit,
            Ok(_) => CallOutcome::Miss,
            Err(_) => CallOutcome::Error,
        });
        result
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Set, key, vec![asked]);
        let sealed = self.given(asked, &open, value, ttl);
        let result = open.run(self.client.set(key, &sealed, ttl)).await;
        open.end_with(&result);
        result
    }

    async fn set_if(
        &self,
        key: &str,
        value: &[u8],
        ttl: Duration,
        when: When<'_>,
    ) -> Result<bool, CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Set, key, vec![asked]);
        let sealed = self.given(asked, &open, value, ttl);
        let there = match when {
            When::Absent => None,
            When::Equals(there) => Some(self.compared(asked, open.call, there)),
        };
        let when = there.as_deref().map_or(When::Absent, When::Equals);
        let result = open.run(self.client.set_if(key, &sealed, ttl, when)).await;
        if let Err(CacheError::Unsupported) = result {
            self.record(Fact::Unsupported { call: open.call });
        }
        if let (Ok(true), Some(compared)) = (&result, &self.compared) {
            compared.note(asked, sealed.into(), value.len());
        }
        open.end(match &result {
            Ok(true) => CallOutcome::Hit,
            Ok(false) => CallOutcome::Miss,
            Err(_) => CallOutcome::Error,
        });
        result
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Del, key, vec![asked]);
        self.invalidated(asked, open.call);
        let result = open.run(self.client.del(key)).await;
        open.end_with(&result);
        result
    }

    fn offers(&self) -> Offers {
        self.client.offers()
    }

    async fn mset(&self, writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        self.write_all(writes).await
    }

    async fn mdel(&self, keys: &[String]) -> Result<Batch, CacheError> {
        self.delete_all(keys).await
    }

    async fn get_and_touch(&self, key: &str, ttl: Duration) -> Result<Option<Bytes>, CacheError> {
        let open = self.begin(CacheOp::GetEx, key, vec![self.key(key)]);
        self.touches(&open, ttl);
        let result = open.run(self.client.get_and_touch(key, ttl)).await;
        self.answered(open, result)
    }

    async fn incr(&self, key: &str, by: i64, ttl: Duration) -> Result<i64, CacheError> {
        let asked = self.key(key);
        self.tap.counts(asked);
        let open = self.begin(CacheOp::Incr, key, vec![asked]);
        let result = open.run(self.client.incr(key, by, ttl)).await;
        self.counted(open, &result);
        result
    }

    async fn look_up(&self, key: &str) -> Result<Lookup, CacheError> {
        let open = self.begin(CacheOp::Get, key, vec![self.key(key)]);
        let result = open.run(self.client.look_up(key)).await;
        self.looked_up(open, result)
    }

    async fn set_absent(&self, key: &str, ttl: Duration) -> Result<(), CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Set, key, vec![asked]);
        self.tap.note_absent(self.written(asked, open.call));
        let result = open.run(self.client.set_absent(key, ttl)).await;
        open.end_with(&result);
        result
    }

    async fn expire(&self, key: &str, ttl: Duration) -> Result<bool, CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Expire, key, vec![asked]);
        self.invalidated(asked, open.call);
        self.touches(&open, ttl);
        let result = open.run(self.client.expire(key, ttl)).await;
        open.end(match &result {
            Ok(true) => CallOutcome::Hit,
            Ok(false) => CallOutcome::Miss,
            Err(_) => CallOutcome::Error,
        });
        result
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        let open = self.begin(CacheOp::Changes, "", vec![self.key("")]);
        let result = open.run(self.client.changes()).await;
        self.told(open, &result);
        result
    }

    fn connections(&self) -> Connections {
        self.client.connections()
    }

    fn keeps_values(&self) -> bool {
        self.client.keeps_values()
    }

    fn joins_reads(&self) -> bool {
        self.client.joins_reads()
    }
}
