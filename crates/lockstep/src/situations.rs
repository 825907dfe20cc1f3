//! The situations that a trace reached: a client that held without any has shown nothing.

use super::adapter::{Calls, Cancel, Connections, Hello};
use super::schedule::{CallId, Key, Request, Schedule, Single};
use super::trace::{CommandId, EndedBy, Fact, Part, Payload, WireId};
use super::words::Word;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A situation that a client must handle.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Situation {
    /// A caller gave up while the reply to its command was outstanding.
    CancelInFlight,
    /// After that, another call's command arrived while that reply was still withheld.
    SentBeforeLateReply,
    /// A caller gave up when half of its reply had been sent.
    CancelInCutReply,
    /// A reply was cut, and another event happened between its halves.
    CutReply,
    /// A command of a pipeline failed, and a later one did not.
    ErrorInPipeline,
    /// A connection was lost when some replies of a pipeline had been sent, and another was opened.
    ReconnectInPipeline,
    /// A connection was lost with a command in flight, and another one was opened.
    Reconnect,
    /// Several calls waited for replies on one connection; or, for a client with exclusive
    /// connections, a call was made while another waited.
    SeveralCallers,
    /// A value was read, the server said that it changed, and another call asked for it.
    OutdatedInCache,
}

impl Situation {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::CancelInFlight,
        Self::SentBeforeLateReply,
        Self::CancelInCutReply,
        Self::CutReply,
        Self::ErrorInPipeline,
        Self::ReconnectInPipeline,
        Self::Reconnect,
        Self::SeveralCallers,
        Self::OutdatedInCache,
    ];

    /// Returns its name, as in the file of a schedule.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CancelInFlight => "cancel-in-flight",
            Self::SentBeforeLateReply => "sent-before-late-reply",
            Self::CancelInCutReply => "cancel-in-cut-reply",
            Self::CutReply => "cut-reply",
            Self::ErrorInPipeline => "error-in-pipeline",
            Self::ReconnectInPipeline => "reconnect-in-pipeline",
            Self::Reconnect => "reconnect",
            Self::SeveralCallers => "several-callers",
            Self::OutdatedInCache => "outdated-in-cache",
        }
    }

    /// Describes it in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::CancelInFlight => {
                "a caller gave up while the reply to its command was outstanding"
            }
            Self::SentBeforeLateReply => {
                "after that, another call's command arrived while that reply was still withheld"
            }
            Self::CancelInCutReply => "a caller gave up when half of its reply had been sent",
            Self::CutReply => "a reply was cut, and another event happened between its halves",
            Self::ErrorInPipeline => "a command of a pipeline failed, and a later one did not",
            Self::ReconnectInPipeline => {
                "a connection was lost when some replies of a pipeline had been sent, and another \
                 was opened"
            }
            Self::Reconnect => {
                "a connection was lost with a command in flight, and another one was opened"
            }
            Self::SeveralCallers => {
                "several calls waited for replies on one connection; with exclusive connections: a \
                 call was made while another waited"
            }
            Self::OutdatedInCache => {
                "a value was read, the server said that it changed, and another call asked for it"
            }
        }
    }

    /// Returns the reason why the situation does not apply to a client with this description; none
    /// if it applies.
    pub fn not_applicable(self, hello: &Hello) -> Option<&'static str> {
        match self {
            Self::CancelInFlight | Self::SentBeforeLateReply | Self::CancelInCutReply
                if hello.cancel == Cancel::Never =>
            {
                Some("its callers cannot give up (`cancel` is `never`)")
            }
            Self::ErrorInPipeline | Self::ReconnectInPipeline
                if hello.cannot(Word::Pipeline).is_some() =>
            {
                Some("it sends no commands together (`lacks` has `pipeline`)")
            }
            Self::SeveralCallers if hello.calls == Calls::One => {
                Some("it makes one call at a time (`calls` is `one`)")
            }
            Self::OutdatedInCache if !hello.caches() => {
                Some("it has no cache that the server keeps up to date (`can` has no `invalidate`)")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A command with the state of its reply.
struct Held {
    wire: WireId,
    call: Option<CallId>,
    half: bool,
}

#[derive(Default)]
struct Watch {
    reached: BTreeSet<Situation>,
    held: BTreeMap<CommandId, Held>,
    /// Commands whose caller gave up while their reply was withheld, and whose reply was never
    /// sent.
    late: BTreeSet<CommandId>,
    given_up: BTreeSet<CallId>,
    /// For each call, whether each of its replies so far was an error.
    replies: BTreeMap<CallId, Vec<bool>>,
    lost: bool,
    lost_in_pipeline: bool,
    /// The keys whose values were sent, and those of them that the server said to have changed.
    read: BTreeSet<Key>,
    changed: BTreeSet<Key>,
    asked: BTreeMap<CommandId, Vec<Key>>,
}

/// Returns the situations that the trace of a schedule reached.
pub fn reached(schedule: &Schedule, facts: &[Fact], hello: &Hello) -> BTreeSet<Situation> {
    let requests = schedule.requests();
    let is_pipeline = |call: &CallId| matches!(requests.get(call), Some(Request::Pipeline(singles)) if singles.len() > 1);
    let mut watch = Watch::default();
    for fact in facts {
        watch.take(fact, hello, &is_pipeline);
        if let (Fact::Began(call), true) = (fact, hello.caches()) {
            watch.asks_again(requests.get(call).copied());
        }
    }
    for (call, errors) in &watch.replies {
        let first = errors.iter().position(|error| *error);
        if is_pipeline(call) && first.is_some_and(|first| errors[first..].contains(&false)) {
            watch.reached.insert(Situation::ErrorInPipeline);
        }
    }
    watch.reached
}

impl Watch {
    fn take(&mut self, fact: &Fact, hello: &Hello, is_pipeline: &dyn Fn(&CallId) -> bool) {
        let half_there = self.held.values().any(|held| held.half);
        match fact {
            Fact::Began(_) if hello.connections == Connections::Exclusive => {
                let waits = |held: &Held| held.call.is_some_and(|of| !self.given_up.contains(&of));
                if self.held.values().any(waits) {
                    self.reached.insert(Situation::SeveralCallers);
                }
            }
            Fact::GaveUp(call) => {
                self.given_up.insert(*call);
                let mine = self.held.iter().filter(|(_, held)| held.call == Some(*call));
                let (late, half): (Vec<_>, Vec<_>) =
                    mine.map(|(command, held)| (*command, held.half)).unzip();
                if half.contains(&true) {
                    self.reached.insert(Situation::CancelInCutReply);
                }
                if !late.is_empty() {
                    self.reached.insert(Situation::CancelInFlight);
                }
                self.late.extend(late);
            }
            Fact::Arrived { command, wire, call, asked } => {
                self.asked.insert(*command, asked.keys().to_vec());
                self.arrived(*command, *wire, *call, hello);
            }
            Fact::Invalidated { key, .. } if self.read.contains(key) => {
                self.changed.insert(key.clone());
            }
            Fact::Sent { command, part: Part::Start(_) | Part::Enough(_), .. } => {
                self.held.entry(*command).and_modify(|held| held.half = true);
                return;
            }
            Fact::Sent { command, payload, .. } => {
                self.late.remove(command);
                self.read.extend(self.asked.remove(command).into_iter().flatten());
                let call = self.held.remove(command).and_then(|held| held.call);
                if let Some(call) = call {
                    self.replies.entry(call).or_default().push(*payload == Payload::Error);
                }
                return;
            }
            Fact::Closed(wire, by) => self.closed(*wire, *by, is_pipeline),
            Fact::Opened(_) if self.lost => {
                self.reached.insert(Situation::Reconnect);
                if self.lost_in_pipeline {
                    self.reached.insert(Situation::ReconnectInPipeline);
                }
            }
            _ => {}
        }
        if half_there && !matches!(fact, Fact::Epilogue | Fact::Skipped(..) | Fact::Unjudged(_)) {
            self.reached.insert(Situation::CutReply);
        }
    }

    /// Notes a call for a key whose value has changed.
    fn asks_again(&mut self, request: Option<&Request>) {
        let keys: Vec<&Key> = match request {
            Some(Request::Mget(keys)) => keys.iter().collect(),
            Some(request) => request.singles().iter().map(Single::key).collect(),
            None => Vec::new(),
        };
        if keys.into_iter().any(|key| self.changed.contains(key)) {
            self.reached.insert(Situation::OutdatedInCache);
        }
    }

    fn arrived(&mut self, command: CommandId, wire: WireId, call: Option<CallId>, hello: &Hello) {
        if !self.late.is_empty() && call.is_some_and(|call| !self.given_up.contains(&call)) {
            self.reached.insert(Situation::SentBeforeLateReply);
        }
        let beside = |held: &Held| {
            let there = hello.connections == Connections::Exclusive || held.wire == wire;
            there && held.call.is_some_and(|other| !self.given_up.contains(&other))
        };
        if self.held.values().any(|held| held.call != call && beside(held)) {
            self.reached.insert(Situation::SeveralCallers);
        }
        self.held.insert(command, Held { wire, call, half: false });
    }

    fn closed(&mut self, wire: WireId, by: EndedBy, is_pipeline: &dyn Fn(&CallId) -> bool) {
        let gone = |held: &Held| held.wire == wire;
        if by != EndedBy::Client {
            self.lost |= self.held.values().any(gone);
            let calls = self.held.values().filter(|held| gone(held)).filter_map(|held| held.call);
            self.lost_in_pipeline |= calls
                .into_iter()
                .any(|call| is_pipeline(&call) && self.replies.contains_key(&call));
            self.late.retain(|command| self.held.get(command).is_none_or(|held| !gone(held)));
        }
        self.held.retain(|_, held| held.wire != wire);
    }
}
