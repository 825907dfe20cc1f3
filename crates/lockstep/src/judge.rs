//! Judges a trace, from its bytes alone.
//!
//! Every reply to GET or MGET carries a unique seal, so two replies differ even for one key; errors
//! are sealed, too. A call may get a seal only from a reply to a command that asks for the same
//! keys, arrived after the call began, and has been answered. A client with one call at a time
//! begins a call when the one before it has ended.

mod cached;
mod cancels;
mod values;

use super::adapter::{Calls, Connections, Hello};
use super::schedule::{CallId, Form, Request, Schedule, Single};
use super::trace::{Asked, CommandId, End, Fact, Part, Payload, WireId};
use cached::Cache;
use cancels::Cancels;
use crosswire_checker::InvariantId;
use std::collections::BTreeMap;

/// An invariant that can be judged from outside a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TraceInvariant {
    /// I3: a value returned for a key was once written for that key.
    Provenance,
    /// I4: the reply that a call gets is the reply to its own command.
    Correlation,
    /// I5: a value from a client's cache is not older than what the server has said of it.
    Freshness,
    /// I7: no connection is used while the reply to an earlier call is outstanding, if the client
    /// promises that.
    Hygiene,
    /// I12: every call ends.
    Settlement,
}

impl TraceInvariant {
    /// All of them, the gravest first.
    pub const ALL: [Self; 5] =
        [Self::Provenance, Self::Correlation, Self::Freshness, Self::Hygiene, Self::Settlement];

    /// Returns its id among all invariants.
    pub const fn id(self) -> InvariantId {
        match self {
            Self::Provenance => InvariantId::I3,
            Self::Correlation => InvariantId::I4,
            Self::Freshness => InvariantId::I5,
            Self::Hygiene => InvariantId::I7,
            Self::Settlement => InvariantId::I12,
        }
    }

    /// Returns the name of the invariant.
    pub fn name(self) -> &'static str {
        self.id().about().name
    }

    /// Returns the reason why the invariant does not apply to a client with this description; none
    /// if it applies.
    pub fn not_applicable(self, hello: &Hello) -> Option<&'static str> {
        match self {
            Self::Hygiene if hello.connections == Connections::Shared => {
                Some("its calls share a connection (`connections` is `shared`)")
            }
            Self::Freshness if !hello.caches() => {
                Some("it has no cache that the server keeps up to date (`can` has no `invalidate`)")
            }
            _ => None,
        }
    }

    /// Describes what the invariant asks of a library in lockstep.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Provenance => "a value that a call returns for a key was sent for that key",
            Self::Correlation => {
                "a call returns the replies to its own commands, and ends no other call's"
            }
            Self::Freshness => {
                "a value from the client's cache is returned only until the server says that it \
                 changed, or the connection that it was read on is lost"
            }
            Self::Hygiene => {
                "no command is sent on a connection where the reply to another call, or a request \
                 to cancel it, is outstanding"
            }
            Self::Settlement => "every call ends once the server has sent all its replies",
        }
    }
}

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The violated invariant.
    pub invariant: TraceInvariant,
    /// The place in the trace at which it shows.
    pub fact: usize,
    /// The violation in a sentence without a full stop.
    pub told: String,
}

/// The judgement of one trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The violations, in the order in which they show.
    pub breaches: Vec<Breach>,
    /// Number of times that each invariant was put to the test.
    pub tested: BTreeMap<TraceInvariant, u64>,
}

impl Judgement {
    /// Returns the violated invariants, the gravest first.
    pub fn broken(&self) -> Vec<TraceInvariant> {
        let broken =
            |invariant: &TraceInvariant| self.breaches.iter().any(|b| b.invariant == *invariant);
        TraceInvariant::ALL.into_iter().filter(broken).collect()
    }
}

struct Seen<'a> {
    asked: &'a Asked,
    call: Option<CallId>,
    arrived: usize,
    wire: WireId,
    /// The contents of its reply, and the place at which it was sent, once it was.
    payload: Option<Payload>,
    answered: usize,
    /// The part of its reply that was sent, with the value that it asks for.
    started: Option<Part>,
}

impl Seen<'_> {
    /// Returns whether its reply has the value that it asks for.
    fn has_value(&self) -> bool {
        self.payload == Some(Payload::Value(Form::Value))
    }

    /// Returns whether its value may have arrived: that is all there before the end of its reply.
    fn may_have_value(&self) -> bool {
        self.has_value() || self.started.is_some()
    }

    /// Returns whether what was sent says all that its reply says.
    fn is_said(&self) -> bool {
        self.has_value() || matches!(self.started, Some(Part::Enough(_)))
    }

    /// Returns the form of its reply if that is not what it asks for.
    fn odd_form(&self) -> Option<Form> {
        match self.payload {
            Some(Payload::Value(form)) if form != Form::Value => Some(form),
            _ => None,
        }
    }
}

struct TraceJudge<'a> {
    requests: BTreeMap<CallId, &'a Request>,
    /// The place at which each call began: of the calls that wait for their turn, it is the place
    /// of the request to the adapter.
    began: BTreeMap<CallId, usize>,
    commands: BTreeMap<CommandId, Seen<'a>>,
    /// The unanswered commands of each connection.
    owed: BTreeMap<WireId, Vec<CommandId>>,
    cancels: Cancels,
    cache: Cache,
    found: Judgement,
    at: usize,
}

/// Judges the trace of a schedule with a client of this description.
pub fn judge(schedule: &Schedule, facts: &[Fact], hello: &Hello) -> Judgement {
    let mut judge = TraceJudge {
        requests: schedule.requests(),
        began: BTreeMap::new(),
        commands: BTreeMap::new(),
        owed: BTreeMap::new(),
        cancels: Cancels::default(),
        cache: Cache::of(schedule, hello),
        found: Judgement::default(),
        at: 0,
    };
    for (at, fact) in facts.iter().enumerate() {
        judge.at = at;
        judge.take(fact, hello);
    }
    judge.found
}

impl<'a> TraceJudge<'a> {
    fn take(&mut self, fact: &'a Fact, hello: &Hello) {
        match fact {
            Fact::Began(call) => drop(self.began.insert(*call, self.at)),
            Fact::Arrived { command, wire, call, asked } => {
                if hello.connections == Connections::Exclusive {
                    self.hygiene(*wire, *call, asked);
                    self.waits_for_cancel(*wire, *call, asked);
                }
                self.owed.entry(*wire).or_default().push(*command);
                let (call, wire, arrived) = (*call, *wire, self.at);
                let (payload, answered, started) = (None, 0, None);
                let seen = Seen { asked, call, arrived, wire, payload, answered, started };
                self.commands.insert(*command, seen);
            }
            Fact::Sent {
                command,
                part: part @ (Part::Start(_) | Part::Enough(_)),
                payload: Payload::Value(Form::Value),
            } => {
                if let Some(seen) = self.commands.get_mut(command) {
                    seen.started = Some(*part);
                }
            }
            Fact::Sent { command, part: Part::Whole | Part::Rest, payload } => {
                self.owed.values_mut().for_each(|owed| owed.retain(|one| one != command));
                if let Some(seen) = self.commands.get_mut(command) {
                    (seen.payload, seen.answered) = (Some(*payload), self.at);
                }
            }
            Fact::AskedToCancel { wire, of } => self.asked_to_cancel(*wire, *of),
            Fact::Landed { wire, hit } => self.landed(*wire, *hit),
            Fact::Stalled(wire) => drop(self.cancels.stalled.insert(*wire)),
            Fact::Resumed(wire) => drop(self.cancels.stalled.remove(wire)),
            Fact::Invalidated { wire, key } => self.cache.invalidated(self.at, *wire, key),
            Fact::Closed(wire, by) => {
                self.owed.remove(wire);
                self.request_ended(*wire, *by);
                self.cache.closed(self.at, *wire, *by);
            }
            Fact::Ended(call, end) => {
                self.tested(TraceInvariant::Settlement);
                match end {
                    End::Value(value) => self.returned(*call, value),
                    End::Error(text) => self.failed(*call, text),
                    End::Cancelled => {}
                }
                if hello.calls == Calls::One
                    && let Some(turn) = self.began.get_mut(&(call + 1))
                {
                    *turn = self.at;
                }
            }
            Fact::Unsettled(call) => {
                self.tested(TraceInvariant::Settlement);
                self.breach(TraceInvariant::Settlement, format!("call {call} never ends"));
            }
            _ => {}
        }
    }

    fn tested(&mut self, invariant: TraceInvariant) {
        *self.found.tested.entry(invariant).or_default() += 1;
    }

    fn breach(&mut self, invariant: TraceInvariant, told: String) {
        self.found.breaches.push(Breach { invariant, fact: self.at, told });
    }

    fn hygiene(&mut self, wire: WireId, call: Option<CallId>, asked: &Asked) {
        self.tested(TraceInvariant::Hygiene);
        let owed = self.owed.get(&wire).into_iter().flatten();
        let mut others = owed.filter_map(|command| self.commands.get(command));
        let other =
            others.find(|other| other.call != call && !self.go_together(asked, other.asked));
        if let Some(other) = other {
            let told = format!(
                "{asked} is sent on connection {wire}, where the reply to {} of {} is still to come",
                other.asked,
                name(other.call)
            );
            self.breach(TraceInvariant::Hygiene, told);
        }
    }

    /// Returns whether one pipeline contains both commands: then they may be from one call,
    /// whatever calls they were attributed to.
    fn go_together(&self, one: &Asked, other: &Asked) -> bool {
        let has = |singles: &[Single], asked: &Asked| {
            singles.iter().any(|single| match (single, asked) {
                (Single::Get(key), Asked::Get(asked))
                | (Single::Set(key), Asked::Set(asked, _))
                | (Single::Increment(key), Asked::Increment(asked)) => key == asked,
                _ => false,
            })
        };
        self.requests.values().any(|request| {
            matches!(request, Request::Pipeline(singles) if has(singles, one) && has(singles, other))
        })
    }
}

fn name(call: Option<CallId>) -> String {
    call.map_or_else(|| "no call".to_owned(), |call| format!("call {call}"))
}
