//! The edge around a caching client: what it was asked, what it returned, and how it ended.
//! This is the harness; the service holds it in place of the client and cannot tell.

use crate::cancel::Cancellation;
use crate::client::{CacheClient, CacheError, Connections, When};
use crate::flights::Flights;
use crate::seal::Sealer;
use crate::tap::Tap;
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_history::scope::{self, Scope, Scoped};
use crosswire_history::{
    CacheOp, CallId, CallOutcome, CommandId, Journal, KeyId, NodeId, Returned, UserId, What,
};
use crosswire_wire::Net;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A client with the harness's eyes on it.
pub struct Probe {
    client: Arc<dyn CacheClient>,
    node: NodeId,
    net: Net,
    journal: Journal,
    tap: Tap,
    sealer: Sealer,
    cancellation: Cancellation,
    person_of: PersonOf,
    op_timeout_ms: u64,
    /// For a client that joins reads.
    flights: Option<Flights>,
}

/// Whose relation a key names, where the harness can tell.
pub type PersonOf = fn(&str) -> Option<UserId>;

/// What a probe needs beside the client.
#[derive(Clone)]
pub struct Bench {
    /// The network, for the time.
    pub net: Net,
    /// Where to write.
    pub journal: Journal,
    /// The taps of the run.
    pub tap: Tap,
    /// The seals of the run.
    pub sealer: Sealer,
    /// Where the run cancels calls.
    pub cancellation: Cancellation,
    /// How the service names what is a person's.
    pub person_of: PersonOf,
}

impl Probe {
    /// Looks at `client`, which the gateway `node` uses. Its calls must end within `op_timeout`.
    pub fn new(
        client: Arc<dyn CacheClient>,
        node: NodeId,
        bench: Bench,
        op_timeout: Duration,
    ) -> Self {
        let Bench { net, journal, tap, sealer, cancellation, person_of } = bench;
        let op_timeout_ms = op_timeout.as_millis() as u64;
        if client.connections() == Connections::Exclusive {
            tap.hold_to_exclusive(node);
        }
        let flights = client.joins_gets().then(Flights::default);
        Self {
            client,
            node,
            net,
            journal,
            tap,
            sealer,
            cancellation,
            person_of,
            op_timeout_ms,
            flights,
        }
    }

    fn record(&self, what: What) {
        self.journal.record(self.net.now_ms(), self.node, what);
    }

    fn key(&self, key: &str) -> KeyId {
        self.journal.key(key.as_bytes())
    }

    /// A value for a key, sealed with the commit that the directory last answered as of to the
    /// request in whose scope it is written.
    fn sealed(&self, key: KeyId, value: &[u8]) -> Vec<u8> {
        let request = scope::current().request;
        let as_of = self.journal.answers(|answers| answers.as_of(request));
        self.sealer.seal(key, as_of, value)
    }

    fn begin(&self, op: CacheOp, first: &str, keys: Vec<KeyId>) -> Open<'_> {
        let call = self.journal.next_call();
        let deadline_ms = self.net.now_ms() + self.op_timeout_ms;
        let (key, count) = (keys[0], keys.len() as u16);
        let about = (self.person_of)(first);
        self.record(What::CallBegan { call, op, key, keys: count, deadline_ms, about });
        let shared = self.client.connections() == Connections::Shared;
        if shared {
            let scope = Scope { request: scope::current().request, call };
            self.tap.expect(self.node, &keys, scope);
        }
        let since = self.client.keeps_values().then(|| Since {
            latest: self.journal.latest_command(),
            on_the_way: self.tap.on_the_way(self.node),
        });
        let flights = self.flights.as_ref().filter(|_| op == CacheOp::Get);
        if let Some(flights) = flights {
            flights.begin(key, call, self.net.now_ms());
        }
        Open { probe: self, call, keys, shared, since, flights, over: false }
    }

    /// Opens a value that the client returned for `asked`, and says where it came from.
    fn opened(&self, open: &Open<'_>, asked: KeyId, sealed: &Bytes) -> Bytes {
        let (value, mut returned) = match self.sealer.open(sealed) {
            Some((len, returned)) => (sealed.slice(..len), returned),
            None => (sealed.clone(), Returned::default()),
        };
        let kept = open.since.as_ref().is_some_and(|since| since.kept(returned.command));
        if kept || open.joined(asked, &returned) {
            (returned.command, returned.answered) = (CommandId(0), CallId(0));
        }
        self.record(What::Value { call: open.call, asked, returned });
        value
    }
}

/// What had come over the wire when a call began.
struct Since {
    /// The latest command that any cache had carried out.
    latest: CommandId,
    /// Earlier commands whose replies this gateway had not read to their end.
    on_the_way: BTreeSet<CommandId>,
}

impl Since {
    /// Whether the reply to this command had been read before the call began: then the client kept
    /// the value. A reply that was still to come then is one that the call was handed.
    fn kept(&self, command: CommandId) -> bool {
        command <= self.latest && !self.on_the_way.contains(&command)
    }
}

/// A call that has not ended. Dropped before its end, it was cancelled.
struct Open<'p> {
    probe: &'p Probe,
    call: CallId,
    keys: Vec<KeyId>,
    shared: bool,
    /// For a client that keeps values.
    since: Option<Since>,
    /// For a read of a client that joins them.
    flights: Option<&'p Flights>,
    over: bool,
}

impl Open<'_> {
    /// Waits for the client, in the scope of this call.
    async fn run<T>(
        &self,
        future: impl Future<Output = Result<T, CacheError>>,
    ) -> Result<T, CacheError> {
        let request = scope::current().request;
        let scoped = Scoped::new(Scope { request, call: self.call }, future);
        self.probe.cancellation.watch(self.probe.node, scoped).await
    }

    /// Whether a value is the reply to another read that this one has joined. Whoever sent a command
    /// has joined none.
    fn joined(&self, asked: KeyId, returned: &Returned) -> bool {
        let Some(flights) = self.flights else { return false };
        !self.probe.tap.has_sent(self.call) && flights.share(asked, self.call, returned)
    }

    /// The client returned an answer to a read. A client whose connections are exclusive has, by
    /// then, read its own reply on each connection that it has not closed, or it knows nothing.
    fn check_founded(&self, key: KeyId) {
        if self.probe.client.connections() == Connections::Exclusive
            && let Some(conn) = self.probe.tap.unfounded(self.call)
        {
            self.probe.record(What::Unfounded { call: self.call, key, conn });
        }
    }

    fn end(mut self, outcome: CallOutcome) {
        self.over = true;
        self.probe.record(What::CallEnded { call: self.call, outcome });
    }

    fn end_with<T>(self, result: &Result<T, CacheError>) {
        self.end(if result.is_ok() { CallOutcome::Hit } else { CallOutcome::Error });
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let tap = &self.probe.tap;
        let guessed =
            self.shared.then(|| tap.expect_no_more(self.probe.node, &self.keys, self.call));
        if !self.over {
            let (unread, conn) = guessed.unwrap_or_else(|| tap.unread_of(self.call));
            let outcome = CallOutcome::Cancelled { unread, conn };
            self.probe.record(What::CallEnded { call: self.call, outcome });
        }
        tap.call_over(self.call);
        if let Some(flights) = self.flights {
            flights.end(self.keys[0], self.call);
        }
    }
}

#[async_trait]
impl CacheClient for Probe {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let asked = self.key(key);
        let open = self.begin(CacheOp::Get, key, vec![asked]);
        let result = open.run(self.client.get(key)).await;
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

    async fn mget(&self, keys: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
        let open = self.begin(CacheOp::Mget, &keys[0], asked);
        let mut result = open.run(self.client.mget(keys)).await;
        if let Ok(found) = &mut result {
            open.check_founded(open.keys[0]);
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
        let sealed = self.sealed(asked, value);
        let open = self.begin(CacheOp::Set, key, vec![asked]);
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
        let sealed = self.sealed(asked, value);
        let there = if let When::Equals(there) = when { there } else { &[] };
        let there = self.sealed(asked, there);
        let when = if when == When::Absent { when } else { When::Equals(&there) };
        let open = self.begin(CacheOp::Set, key, vec![asked]);
        let result = open.run(self.client.set_if(key, &sealed, ttl, when)).await;
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
        let request = scope::current().request;
        let commit = self.journal.answers(|answers| answers.change(request));
        self.record(What::Invalidated { key: asked, call: open.call, commit });
        let result = open.run(self.client.del(key)).await;
        open.end_with(&result);
        result
    }

    fn connections(&self) -> Connections {
        self.client.connections()
    }

    fn keeps_values(&self) -> bool {
        self.client.keeps_values()
    }

    fn joins_gets(&self) -> bool {
        self.client.joins_gets()
    }
}
