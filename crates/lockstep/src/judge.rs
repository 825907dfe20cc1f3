//! Judges a trace, from its bytes alone.
//!
//! Every reply to GET or MGET carries a unique seal, so two replies differ even for one key; errors
//! are sealed, too. A call may get a seal only from a reply to a command that asks for the same
//! keys, arrived after the call began, and has been answered. A client with one call at a time
//! begins a call when the one before it has ended.

mod cached;
mod cancels;

use super::adapter::{Calls, Connections, Hello};
use super::schedule::{CallId, Form, Request, Schedule, Single};
use super::trace::{
    Asked, CommandId, End, Fact, Part, Payload, Seal, WireId, answered_by, number_of,
};
use cached::Cache;
use cancels::Cancels;
use crosswire_checker::InvariantId;
use serde_json::Value;
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
}

impl Seen<'_> {
    /// Returns whether its reply has the value that it asks for.
    fn has_value(&self) -> bool {
        self.payload == Some(Payload::Value(Form::Value))
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
                let (arrived, payload, answered) = (self.at, None, 0);
                let seen = Seen { asked, call: *call, arrived, wire: *wire, payload, answered };
                self.commands.insert(*command, seen);
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

    fn returned(&mut self, call: CallId, value: &Value) {
        let Some(request) = self.requests.get(&call).copied() else { return };
        if let Request::Mget(keys) = request
            && self.may_be_odd(call, value, |asked| matches!(asked, Asked::Mget(of) if of == keys))
        {
            return self.failed(call, &value.to_string());
        }
        let wrong_shape = |expected: usize| {
            format!("call {call}, {request}, is handed {value}, where {expected} replies belong")
        };
        match (request, value) {
            (Request::One(single), _) => self.reply(call, single, value),
            (Request::Mget(keys), Value::Array(values)) if values.len() == keys.len() => {
                for (key, value) in keys.iter().zip(values) {
                    self.value(call, key, Some(keys), value);
                }
            }
            (Request::Pipeline(singles), Value::Array(values)) if values.len() == singles.len() => {
                for (single, value) in singles.iter().zip(values) {
                    match value.get("error").and_then(Value::as_str) {
                        Some(text) => self.failed(call, text),
                        None => self.reply(call, single, value),
                    }
                }
            }
            (Request::Mget(keys), _) => self.misfit(call, wrong_shape(keys.len()), value),
            (Request::Pipeline(singles), _) => self.misfit(call, wrong_shape(singles.len()), value),
        }
    }

    /// Judges a value that does not fit the request at all.
    fn misfit(&mut self, call: CallId, told: String, value: &Value) {
        self.tested(TraceInvariant::Correlation);
        self.breach(TraceInvariant::Correlation, told);
        self.failed(call, &value.to_string());
    }

    /// Returns whether a value without another's seal may be the reply to a command of the call
    /// that was answered in another form than the usual one.
    fn may_be_odd(&self, call: CallId, value: &Value, is_it: impl Fn(&Asked) -> bool) -> bool {
        let began = self.began.get(&call).copied().unwrap_or_default();
        self.commands.iter().any(|(command, of)| {
            is_it(of.asked)
                && of.arrived > began
                && of.odd_form().is_some_and(|form| fits(form, *command, value))
        })
    }

    fn reply(&mut self, call: CallId, single: &Single, value: &Value) {
        match single {
            Single::Get(key) => self.value(call, key, None, value),
            Single::Set(key) => self.stored(call, key, value),
            Single::Increment(key) => self.added(call, key, value),
            // No reply belongs to it; what a library makes of its own failure is its own affair.
            Single::Unencodable(_) => self.failed(call, &value.to_string()),
        }
    }

    /// Judges a value returned for a key, by GET or by MGET of `keys`.
    fn value(&mut self, call: CallId, key: &String, keys: Option<&Vec<String>>, value: &Value) {
        self.tested(TraceInvariant::Provenance);
        self.tested(TraceInvariant::Correlation);
        let one = |asked: &Asked| keys.is_none() && matches!(asked, Asked::Get(of) if of == key);
        if self.may_be_odd(call, value, one) {
            return self.failed(call, &value.to_string());
        }
        let seal = value.as_str().and_then(Seal::read);
        if seal.as_ref().is_none_or(|seal| seal.key != *key) {
            let told = format!("call {call} is handed {value} as the value of \"{key}\"");
            self.breach(TraceInvariant::Provenance, told);
        }
        let Some(seal) = seal else {
            let told = format!("call {call} is handed {value}, which is no reply to its command");
            return self.breach(TraceInvariant::Correlation, told);
        };
        let of = self.commands.get(&seal.command);
        let began = self.began.get(&call).copied().unwrap_or_default();
        let same = |asked: &Asked| match (asked, keys) {
            (Asked::Get(asked), None) => asked == key,
            (Asked::Mget(asked), Some(keys)) => asked == keys,
            _ => false,
        };
        if of.is_some_and(|of| same(of.asked) && of.arrived > began && of.has_value()) {
            return;
        }
        if self.is_cached(key, &seal) {
            return self.stale(call, &seal);
        }
        let whose = of.map_or_else(
            || "nothing".to_owned(),
            |of| format!("{} of {}", of.asked, name(of.call)),
        );
        let told = format!("call {call} is handed {value}, the reply to {whose}");
        self.breach(TraceInvariant::Correlation, told);
    }

    /// Judges a value returned for a SET.
    fn stored(&mut self, call: CallId, key: &str, value: &Value) {
        self.tested(TraceInvariant::Correlation);
        let odd = |of: &Seen| {
            let same = matches!(of.asked, Asked::Set(asked, _) if asked == key);
            same && of.call == Some(call) && of.odd_form().is_some()
        };
        if self.commands.values().any(odd) {
            return self.failed(call, &value.to_string());
        }
        let is_ok = *value == Value::Bool(true) || *value == "OK";
        let mine = |of: &Seen| {
            let same = matches!(of.asked, Asked::Set(asked, _) if asked == key);
            same && of.call == Some(call) && of.has_value()
        };
        if !is_ok {
            let told = format!(
                "call {call} is handed {value} for its SET of \"{key}\", which is no reply to a SET"
            );
            self.breach(TraceInvariant::Correlation, told);
        } else if !self.commands.values().any(mine) {
            let told = format!(
                "call {call} is told that its SET of \"{key}\" is done, which no reply has said"
            );
            self.breach(TraceInvariant::Correlation, told);
        }
    }

    /// Judges a number returned for an INCR.
    fn added(&mut self, call: CallId, key: &str, value: &Value) {
        self.tested(TraceInvariant::Correlation);
        let is_it = |asked: &Asked| matches!(asked, Asked::Increment(of) if of == key);
        if self.may_be_odd(call, value, is_it) {
            return self.failed(call, &value.to_string());
        }
        let began = self.began.get(&call).copied().unwrap_or_default();
        let number = match value {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let mine = |(command, of): (&CommandId, &Seen)| {
            let same = is_it(of.asked) && of.arrived > began && of.has_value();
            same && number == Some(number_of(*command))
        };
        if self.commands.iter().any(mine) {
            return;
        }
        let of = number.and_then(answered_by).and_then(|command| self.commands.get(&command));
        let what = match of {
            Some(of) => format!("the reply to {} of {}", of.asked, name(of.call)),
            None => "which is no reply to it".to_owned(),
        };
        let told = format!("call {call} is handed {value} for its INCR of \"{key}\", {what}");
        self.breach(TraceInvariant::Correlation, told);
    }

    /// Judges a text returned in place of a value: a seal in it must belong to the call.
    fn failed(&mut self, call: CallId, text: &str) {
        for seal in Seal::all_in(text) {
            self.tested(TraceInvariant::Correlation);
            // A text may contain what only looks like a seal.
            let Some(of) = self.commands.get(&seal.command) else { continue };
            let began = self.began.get(&call).copied().unwrap_or_default();
            let mine = of.call == Some(call);
            let alike = of.arrived > began && self.asks_for(call, of.asked);
            if of.asked.keys().contains(&seal.key) && !mine && !alike {
                let told = format!(
                    "call {call} is handed an error with {seal}, the reply to {} of {}",
                    of.asked,
                    name(of.call)
                );
                self.breach(TraceInvariant::Correlation, told);
            }
        }
    }

    /// Returns whether a call sends a command like this one.
    fn asks_for(&self, call: CallId, asked: &Asked) -> bool {
        let single = |single: &Single| match (single, asked) {
            (Single::Get(key), Asked::Get(asked))
            | (Single::Increment(key), Asked::Increment(asked)) => key == asked,
            _ => false,
        };
        match self.requests.get(&call) {
            Some(Request::One(one)) => single(one),
            Some(Request::Pipeline(singles)) => singles.iter().any(single),
            Some(Request::Mget(keys)) => matches!(asked, Asked::Mget(asked) if asked == keys),
            None => false,
        }
    }
}

/// Returns whether a library may return this value for a reply in this form. Libraries differ in
/// what they make of "no value", and of a reply that they did not expect.
fn fits(form: Form, command: CommandId, value: &Value) -> bool {
    match form {
        Form::Value => false,
        Form::Nil | Form::Empty => match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.iter().all(|value| fits(form, command, value)),
            _ => false,
        },
        Form::Nested => value.is_array(),
        Form::OtherType => match value {
            Value::Number(number) => {
                number.as_u64().is_some_and(|found| found == 1 || found == u64::from(command))
            }
            Value::String(text) => *text == command.to_string() || text == "1",
            Value::Array(values) => values.is_empty(),
            _ => false,
        },
    }
}

fn name(call: Option<CallId>) -> String {
    call.map_or_else(|| "no call".to_owned(), |call| format!("call {call}"))
}
