//! Values from a client's cache: each is the reply to an earlier command for the same key, until
//! the server says that the key has changed, or the connection that it was read on is lost.
//!
//! The server tells a client about the keys that it has read on a connection, on that connection.
//! With the connection, what it would have said is lost. A call that begins in the same breath as
//! such an event may still get the old value.

use super::{TraceInvariant, TraceJudge};
use crate::adapter::Hello;
use crate::schedule::{Act, CallId, Key, Schedule};
use crate::trace::{EndedBy, Seal, WireId};
use std::collections::BTreeSet;

/// An event after which values are no longer to be returned.
struct Outdated {
    at: usize,
    wire: WireId,
    /// The key; none if it is about everything read on the connection.
    key: Option<Key>,
}

/// What is known about the cache of a client.
#[derive(Default)]
pub(super) struct Cache {
    /// True if the client may return values from a cache.
    pub(super) exists: bool,
    outdated: Vec<Outdated>,
    /// Calls that are made in the same breath as an earlier event of the server.
    joined: BTreeSet<CallId>,
}

impl Cache {
    pub(super) fn of(schedule: &Schedule, hello: &Hello) -> Self {
        if !hello.caches() {
            return Self::default();
        }
        let (mut joined, mut since) = (BTreeSet::new(), false);
        for step in schedule.steps() {
            match &step.act {
                Act::Call(call, _) if since => drop(joined.insert(*call)),
                Act::Invalidate(_) | Act::Reset(..) | Act::Close(..) => since = true,
                _ => {}
            }
            since &= step.at_once;
        }
        Self { exists: true, outdated: Vec::new(), joined }
    }

    pub(super) fn invalidated(&mut self, at: usize, wire: WireId, key: &Key) {
        self.outdated.push(Outdated { at, wire, key: Some(key.clone()) });
    }

    pub(super) fn closed(&mut self, at: usize, wire: WireId, by: EndedBy) {
        if by != EndedBy::Client {
            self.outdated.push(Outdated { at, wire, key: None });
        }
    }
}

impl TraceJudge<'_> {
    /// Returns whether a value may be from the client's cache: it answered another command for the
    /// key. A call may also join a read that is under way, as the cache is filled by its reply.
    pub(super) fn is_cached(&self, key: &Key, seal: &Seal) -> bool {
        let read = self.commands.get(&seal.command);
        self.cache.exists
            && seal.key == *key
            && read.is_some_and(|of| of.may_have_value() && of.asked.keys().contains(key))
    }

    /// Judges a value from the client's cache.
    pub(super) fn stale(&mut self, call: CallId, seal: &Seal) {
        self.tested(TraceInvariant::Freshness);
        let read = &self.commands[&seal.command];
        let began = self.began.get(&call).copied().unwrap_or_default();
        let is_after = |event: &&Outdated| {
            let about = event.key.as_ref().is_none_or(|key| *key == seal.key);
            about && event.wire == read.wire && (read.answered..began).contains(&event.at)
        };
        let Some(event) = self.cache.outdated.iter().find(is_after) else { return };
        if self.cache.joined.contains(&call) {
            return;
        }
        let why = match &event.key {
            Some(key) => format!("the server had said that \"{key}\" has changed"),
            None => format!("connection {}, on which it was read, had been lost", event.wire),
        };
        let told = format!("call {call} is handed {seal} from the client's cache, but {why}");
        self.breach(TraceInvariant::Freshness, told);
    }
}
