//! A schedule: what callers do and what the server does, one step after the other.
//!
//! It says nothing of time. A step is taken when all that the one before it brought about has
//! happened, unless that one ends in `&`, as a job does in a shell.

use super::step;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A key, as it is on the wire: one to eight letters from `a` to `z`.
pub type Key = String;

/// The number of a call, from 1 up, in the order in which calls are made.
pub type CallId = u32;

/// How many steps a schedule may have.
pub const MOST_STEPS: usize = 1_000;

/// How many keys or commands a call may have.
pub const MOST_PARTS: usize = 100;

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Single {
    /// The value of a key.
    Get(Key),
    /// A value of ours for a key.
    Set(Key),
}

/// What a caller asks the library for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// One command.
    One(Single),
    /// The values of several keys, in one command.
    Mget(Vec<Key>),
    /// Several commands that are sent together, without a transaction.
    Pipeline(Vec<Single>),
}

/// What is done in a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Somebody calls the library.
    Call(CallId, Request),
    /// The caller gives up.
    Cancel(CallId),
    /// The server sends the next reply to a call, or the rest of one that was cut; and before it
    /// what it still owes on that connection, for RESP answers in order.
    Reply(CallId),
    /// The server sends the first half of the next reply to a call, and before it what it owes.
    Cut(CallId),
    /// The server answers the next command of a call with an error, and before it what it owes.
    Error(CallId),
    /// The server resets the connection that a call waits on.
    Reset(CallId),
    /// The server closes the connection that a call waits on in good order.
    Close(CallId),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// The next step does not wait for what this one brings about.
    pub at_once: bool,
}

/// Steps that make sense one after the other: see [`Schedule::new`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Schedule {
    steps: Vec<Step>,
}

/// Which step makes no sense, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {}, `{text}`: {why}", .step + 1)]
pub struct Senseless {
    /// Its place, from 0.
    pub step: usize,
    text: String,
    why: String,
}

impl Request {
    /// How many commands it is, each with a reply of its own.
    pub fn commands(&self) -> usize {
        match self {
            Self::One(_) | Self::Mget(_) => 1,
            Self::Pipeline(singles) => singles.len(),
        }
    }
}

impl Act {
    /// The call that it is about.
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

/// What is known of a call before anything is played.
struct Known {
    given_up: bool,
    /// How many of its replies no step has sent.
    owed: usize,
    cut: bool,
}

impl Schedule {
    /// Takes steps for a schedule.
    ///
    /// # Errors
    /// Calls are not numbered 1, 2, 3 in their order; a step is about a call that has not been
    /// made; a caller gives up twice; more replies are sent than a call has commands; a reply is cut
    /// twice; an error takes the place of the rest of a reply; a request has no key, or more than
    /// [`MOST_PARTS`]; or there are more than [`MOST_STEPS`].
    pub fn new(steps: Vec<Step>) -> Result<Self, Senseless> {
        let mut known: BTreeMap<CallId, Known> = BTreeMap::new();
        for (at, step) in steps.iter().enumerate() {
            let checked = if at < MOST_STEPS {
                check(&mut known, step)
            } else {
                Err(format!("a schedule has at most {MOST_STEPS} steps"))
            };
            checked.map_err(|why| Senseless { step: at, text: step.to_string(), why })?;
        }
        Ok(Self { steps })
    }

    /// Takes what makes sense of these steps, and numbers the calls anew.
    pub fn mended(steps: impl IntoIterator<Item = Step>) -> Self {
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

    /// The steps in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a step could follow.
    pub fn allows(&self, step: &Step) -> bool {
        let steps = self.steps.iter().chain([step]).cloned().collect();
        Self::new(steps).is_ok()
    }

    /// What each call asks for, by its number.
    pub fn requests(&self) -> BTreeMap<CallId, &Request> {
        let calls = self.steps.iter().filter_map(|step| match &step.act {
            Act::Call(call, request) => Some((*call, request)),
            _ => None,
        });
        calls.collect()
    }
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
            return Err("nothing is asked for".to_owned());
        }
        known.insert(call, Known { given_up: false, owed, cut: false });
        return Ok(());
    }
    let Some(of) = known.get_mut(&call) else {
        return Err(format!("there is no `call {call}` before it"));
    };
    match step.act {
        Act::Cancel(_) if of.given_up => return Err("the caller has given up before".to_owned()),
        Act::Cancel(_) => of.given_up = true,
        Act::Reply(_) | Act::Cut(_) | Act::Error(_) if of.owed == 0 => {
            return Err(format!("all replies to call {call} are sent before it"));
        }
        Act::Cut(_) if of.cut => return Err("the reply is cut before".to_owned()),
        Act::Error(_) if of.cut => {
            return Err("the first half of the reply is sent before; expected the rest".to_owned());
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
    /// A step after which the next one waits for what it brings about.
    pub fn new(act: Act) -> Self {
        Self { act, at_once: false }
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
