//! A schedule: the steps of the callers and of the server, one after the other.
//!
//! It contains no times. A step is taken when everything that the step before it causes has
//! happened, unless that step ends in `&`, like a job in a shell.

use super::step;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A key as sent to the server: one to eight letters from `a` to `z`.
pub type Key = String;

/// The number of a call, counted from 1 in the order in which calls are made.
pub type CallId = u32;

/// Largest number of steps of a schedule.
pub const MOST_STEPS: usize = 1_000;

/// Largest number of keys or commands of a call.
pub const MOST_PARTS: usize = 100;

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Single {
    /// Reads a key.
    Get(Key),
    /// Sets a key to a value of the call.
    Set(Key),
    /// Adds one to the number of a key.
    Increment(Key),
    /// Sets a key to a value that the library cannot encode, so nothing of it should be sent.
    Unencodable(Key),
}

impl Single {
    /// Returns its key.
    pub fn key(&self) -> &Key {
        match self {
            Self::Get(key) | Self::Set(key) | Self::Increment(key) | Self::Unencodable(key) => key,
        }
    }

    fn key_mut(&mut self) -> &mut Key {
        match self {
            Self::Get(key) | Self::Set(key) | Self::Increment(key) | Self::Unencodable(key) => key,
        }
    }

    /// Returns whether it is sent, and so has a reply.
    fn is_sent(&self) -> bool {
        !matches!(self, Self::Unencodable(_))
    }
}

/// A call of the library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// One command.
    One(Single),
    /// The values of several keys, in one command.
    Mget(Vec<Key>),
    /// Several commands that are sent together, without a transaction.
    Pipeline(Vec<Single>),
    /// Several commands in a transaction, which has one reply.
    Transaction(Vec<Single>),
}

/// The value in a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// What the command asks for.
    #[default]
    Value,
    /// No value.
    Nil,
    /// A value without bytes.
    Empty,
    /// The value in a list in a list.
    Nested,
    /// A reply of a type that the command never has.
    OtherType,
}

/// The kind of an error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The command is refused for no particular reason.
    #[default]
    Refused,
    /// The server accepts no writes.
    ReadOnly,
    /// The server is starting.
    Loading,
    /// The server has too much to do.
    Busy,
    /// The key holds a value of another type.
    WrongType,
    /// The client must authenticate first.
    NoAuth,
}

/// The place at which a reply is cut. At least one byte is sent, and at least one is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// In the middle.
    #[default]
    Half,
    /// After this number of bytes, which is not 0.
    After(u32),
    /// Before the last bytes, of which there are this many, and not 0.
    Before(u32),
}

/// The connection that a step is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    /// The one that the call waits on.
    #[default]
    Waiting,
    /// The one that the call used last, if no call waits on it.
    Idle,
}

/// The action of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A caller calls the library.
    Call(CallId, Request),
    /// The caller gives up.
    Cancel(CallId),
    /// The server sends the next reply to a call, or the rest of one that was cut, after everything
    /// it still owes on that connection: replies have an order.
    Reply(CallId, Form),
    /// The server sends the first part of the next reply to a call, after everything it still owes.
    Cut(CallId, At),
    /// The server answers the next command of a call with an error, after everything it still owes.
    Error(CallId, Fault),
    /// The server resets a connection.
    Reset(CallId, Where),
    /// The server closes a connection cleanly.
    Close(CallId, Where),
    /// The server stops to read from the connection that a call used last.
    Stall(CallId),
    /// The server reads from that connection again.
    Resume(CallId),
    /// The server sends an unsolicited reply on the connection that a call used last.
    Extra(CallId),
    /// The server carries out a request to cancel what the connection that a call used last runs.
    Land(CallId),
    /// The server says, on the connection that a call used last, that the value of its first key
    /// has changed.
    Invalidate(CallId),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The action.
    pub act: Act,
    /// True if the next step does not wait for the effects of this one.
    pub at_once: bool,
}

/// A valid sequence of steps: see [`Schedule::new`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Schedule {
    steps: Vec<Step>,
}

/// An invalid step, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {}, `{text}`: {why}", .step + 1)]
pub struct BadStep {
    /// The place of the step, from 0.
    pub step: usize,
    text: String,
    why: String,
}

impl Request {
    /// Returns the commands of a request that is not a multi-get.
    pub fn singles(&self) -> &[Single] {
        match self {
            Self::One(single) => std::slice::from_ref(single),
            Self::Pipeline(singles) | Self::Transaction(singles) => singles,
            Self::Mget(_) => &[],
        }
    }

    /// Returns the number of commands that are sent, each of which has a reply.
    pub fn commands(&self) -> usize {
        match self {
            Self::Mget(_) | Self::Transaction(_) => 1,
            _ => self.singles().iter().filter(|single| single.is_sent()).count(),
        }
    }
}

impl Act {
    /// Returns the call that it is about.
    pub fn call(&self) -> CallId {
        match *self {
            Self::Call(call, _)
            | Self::Cancel(call)
            | Self::Reply(call, _)
            | Self::Cut(call, _)
            | Self::Error(call, _)
            | Self::Reset(call, _)
            | Self::Close(call, _)
            | Self::Stall(call)
            | Self::Resume(call)
            | Self::Extra(call)
            | Self::Land(call)
            | Self::Invalidate(call) => call,
        }
    }
}

/// The state of a call, as far as the steps determine it.
struct Known {
    given_up: bool,
    /// Number of its replies that no step has sent.
    owed: usize,
    cut: bool,
    stalled: bool,
}

impl Schedule {
    /// Checks the steps of a schedule.
    ///
    /// # Errors
    /// Calls are not numbered 1, 2, 3 in their order; a step is about a call that has not been
    /// made; a caller gives up twice; more replies are sent than a call has commands; a reply is
    /// cut twice; an error replaces the rest of a reply; a request has no key, or more than
    /// [`MOST_PARTS`]; or there are more than [`MOST_STEPS`] steps.
    pub fn new(steps: Vec<Step>) -> Result<Self, BadStep> {
        let mut known: BTreeMap<CallId, Known> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            let checked = if at < MOST_STEPS {
                check(&mut known, step)
            } else {
                Err(format!("a schedule has at most {MOST_STEPS} steps"))
            };
            checked.map_err(|why| BadStep { step: at, text: step.to_string(), why })?;
        }
        Ok(Self { steps })
    }

    /// Keeps the valid ones of these steps, and numbers the calls anew.
    pub fn repaired(steps: impl IntoIterator<Item = Step>) -> Self {
        let mut known = BTreeMap::new();
        let mut names: BTreeMap<CallId, CallId> = BTreeMap::new();
        let mut kept = Vec::new();
        for mut step in steps {
            if let Act::Call(call, _) = step.act {
                names.insert(call, names.len() as CallId + 1);
            }
            let Some(name) = names.get(&step.act.call()) else { continue };
            step.rename(*name);
            if check(&mut known, &step).is_ok() {
                kept.push(step);
            }
        }
        Self { steps: kept }
    }

    /// Returns the same schedule with keys named in the order in which they occur: `a`, `b`, `c`.
    /// Schedules that differ in the names of keys alone become equal.
    #[must_use]
    pub fn with_keys_in_order(&self) -> Self {
        let mut names: BTreeMap<Key, Key> = BTreeMap::new();
        let mut steps = self.steps.clone();
        for key in steps.iter_mut().flat_map(Step::keys) {
            let next = names.len();
            let name = names.entry(key.clone()).or_insert_with(|| nth_key(next));
            key.clone_from(name);
        }
        Self { steps }
    }

    /// Returns the steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns whether a step could follow.
    pub fn allows(&self, step: &Step) -> bool {
        let steps = self.steps.iter().chain([step]).cloned().collect();
        Self::new(steps).is_ok()
    }

    /// Returns the request of each call, by its number.
    pub fn requests(&self) -> BTreeMap<CallId, &Request> {
        let calls = self.steps.iter().filter_map(|step| match &step.act {
            Act::Call(call, request) => Some((*call, request)),
            _ => None,
        });
        calls.collect()
    }
}

/// Returns the key with this number, from 0: `a` to `z`, `aa`, `ab`, and so on.
fn nth_key(nth: usize) -> Key {
    let letter = char::from(b'a' + (nth % 26) as u8);
    let before = if nth < 26 { Key::new() } else { nth_key(nth / 26 - 1) };
    before + letter.encode_utf8(&mut [0; 4])
}

fn check(known: &mut BTreeMap<CallId, Known>, step: &Step) -> Result<(), String> {
    let call = step.act.call();
    if let Act::Call(_, request) = &step.act {
        let next = known.len() as CallId + 1;
        if call != next {
            return Err(format!("calls are numbered in their order; expected `call {next}`"));
        }
        let owed = request.commands();
        let keys = match request {
            Request::Mget(keys) => keys.len(),
            _ => request.singles().len(),
        };
        if keys > MOST_PARTS {
            return Err(format!("a call has at most {MOST_PARTS} keys or commands"));
        }
        if keys == 0 {
            return Err("the request has no keys".to_owned());
        }
        if let Request::Transaction(singles) = request
            && let Some(odd) = singles.iter().find(|single| !single.is_sent())
        {
            return Err(format!("a transaction has no `{odd}`"));
        }
        known.insert(call, Known { given_up: false, owed, cut: false, stalled: false });
        return Ok(());
    }
    let Some(of) = known.get_mut(&call) else {
        return Err(format!("no earlier step makes call {call}"));
    };
    match step.act {
        Act::Cancel(_) if of.given_up => return Err("the caller has given up already".to_owned()),
        Act::Cancel(_) => of.given_up = true,
        Act::Reply(..) | Act::Cut(..) | Act::Error(..) if of.owed == 0 => {
            return Err(format!("all replies to call {call} are sent already"));
        }
        Act::Cut(..) if of.cut => return Err("the reply is cut already".to_owned()),
        Act::Error(..) if of.cut => {
            return Err("half of the reply is sent already; expected the rest".to_owned());
        }
        Act::Reply(_, form) if of.cut && form != Form::Value => {
            return Err("half of the reply is sent already; expected the rest".to_owned());
        }
        Act::Cut(_, At::After(0) | At::Before(0)) => {
            return Err("a cut has bytes on both sides; expected a number from 1".to_owned());
        }
        Act::Cut(..) => of.cut = true,
        Act::Reply(..) | Act::Error(..) => {
            of.owed -= 1;
            of.cut = false;
        }
        Act::Stall(_) if of.stalled => return Err("its connection is stalled already".to_owned()),
        Act::Resume(_) if !of.stalled => {
            return Err(format!("no earlier step is `stall {call}`"));
        }
        Act::Stall(_) => of.stalled = true,
        Act::Resume(_) => of.stalled = false,
        Act::Call(..)
        | Act::Reset(..)
        | Act::Close(..)
        | Act::Extra(_)
        | Act::Land(_)
        | Act::Invalidate(_) => {}
    }
    Ok(())
}

impl Step {
    /// Creates a step whose effects the next one waits for.
    pub fn new(act: Act) -> Self {
        Self { act, at_once: false }
    }

    /// Returns the keys of its request.
    fn keys(&mut self) -> Vec<&mut Key> {
        match &mut self.act {
            Act::Call(_, Request::One(single)) => vec![single.key_mut()],
            Act::Call(_, Request::Mget(keys)) => keys.iter_mut().collect(),
            Act::Call(_, Request::Pipeline(singles) | Request::Transaction(singles)) => {
                singles.iter_mut().map(Single::key_mut).collect()
            }
            _ => Vec::new(),
        }
    }

    fn rename(&mut self, name: CallId) {
        match &mut self.act {
            Act::Call(call, _)
            | Act::Cancel(call)
            | Act::Reply(call, _)
            | Act::Cut(call, _)
            | Act::Error(call, _)
            | Act::Reset(call, _)
            | Act::Close(call, _)
            | Act::Stall(call)
            | Act::Resume(call)
            | Act::Extra(call)
            | Act::Land(call)
            | Act::Invalidate(call) => *call = name,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<_> = self.steps.iter().map(ToString::to_string).collect();
        f.write_str(&steps.join("; "))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        step::write(self, f)
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        step::read(text)
    }
}
