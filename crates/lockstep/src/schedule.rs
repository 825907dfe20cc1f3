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
}

/// The action of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A caller calls the library.
    Call(CallId, Request),
    /// The caller gives up.
    Cancel(CallId),
    /// The server sends the next reply to a call, or the rest of one that was cut, after everything
    /// it still owes on that connection: RESP answers in order.
    Reply(CallId),
    /// The server sends the first half of the next reply to a call, after everything it still owes.
    Cut(CallId),
    /// The server answers the next command of a call with an error, after everything it still owes.
    Error(CallId),
    /// The server resets the connection that a call waits on.
    Reset(CallId),
    /// The server closes the connection that a call waits on cleanly.
    Close(CallId),
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
    /// Returns the number of commands, each of which has a reply.
    pub fn commands(&self) -> usize {
        match self {
            Self::One(_) | Self::Mget(_) => 1,
            Self::Pipeline(singles) => singles.len(),
        }
    }
}

impl Act {
    /// Returns the call that it is about.
    pub fn call(&self) -> CallId {
        match *self {
            Self::Call(call, _)
            | Self::Cancel(call)
            | Self::Reply(call)
            | Self::Cut(call)
            | Self::Error(call)
            | Self::Reset(call)
            | Self::Close(call) => call,
        }
    }
}

/// The state of a call, as far as the steps determine it.
struct Known {
    given_up: bool,
    /// Number of its replies that no step has sent.
    owed: usize,
    cut: bool,
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
        let keys = if let Request::Mget(keys) = request { keys.len() } else { owed };
        if keys > MOST_PARTS {
            return Err(format!("a call has at most {MOST_PARTS} keys or commands"));
        }
        if keys == 0 {
            return Err("the request has no keys".to_owned());
        }
        known.insert(call, Known { given_up: false, owed, cut: false });
        return Ok(());
    }
    let Some(of) = known.get_mut(&call) else {
        return Err(format!("no earlier step makes call {call}"));
    };
    match step.act {
        Act::Cancel(_) if of.given_up => return Err("the caller has given up already".to_owned()),
        Act::Cancel(_) => of.given_up = true,
        Act::Reply(_) | Act::Cut(_) | Act::Error(_) if of.owed == 0 => {
            return Err(format!("all replies to call {call} are sent already"));
        }
        Act::Cut(_) if of.cut => return Err("the reply is cut already".to_owned()),
        Act::Error(_) if of.cut => {
            return Err("half of the reply is sent already; expected the rest".to_owned());
        }
        Act::Cut(_) => of.cut = true,
        Act::Reply(_) | Act::Error(_) => {
            of.owed -= 1;
            of.cut = false;
        }
        Act::Call(..) | Act::Reset(_) | Act::Close(_) => {}
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
        let key = |single| match single {
            &mut (Single::Get(ref mut key) | Single::Set(ref mut key)) => key,
        };
        match &mut self.act {
            Act::Call(_, Request::One(single)) => vec![key(single)],
            Act::Call(_, Request::Mget(keys)) => keys.iter_mut().collect(),
            Act::Call(_, Request::Pipeline(singles)) => singles.iter_mut().map(key).collect(),
            _ => Vec::new(),
        }
    }

    fn rename(&mut self, name: CallId) {
        match &mut self.act {
            Act::Call(call, _)
            | Act::Cancel(call)
            | Act::Reply(call)
            | Act::Cut(call)
            | Act::Error(call)
            | Act::Reset(call)
            | Act::Close(call) => *call = name,
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
