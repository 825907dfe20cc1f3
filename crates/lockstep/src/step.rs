//! The notation of steps: `call 1: get a`, `cancel 1`, `reply 1 &`.

use super::schedule::{Act, CallId, Request, Single, Step};
use crosswire_plan::nearest;
use std::fmt;

const VERBS: [&str; 7] = ["call", "cancel", "reply", "cut", "error", "reset", "close"];
const REQUESTS: [&str; 4] = ["get", "mget", "set", "pipeline"];

/// Longest key, in letters.
const LONGEST_KEY: usize = 8;

/// Writes a step in the notation that [`read`] parses.
pub(super) fn write(step: &Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &step.act {
        Act::Call(call, request) => write!(f, "call {call}: {request}")?,
        Act::Cancel(call) => write!(f, "cancel {call}")?,
        Act::Reply(call) => write!(f, "reply {call}")?,
        Act::Cut(call) => write!(f, "cut {call}")?,
        Act::Error(call) => write!(f, "error {call}")?,
        Act::Reset(call) => write!(f, "reset {call}")?,
        Act::Close(call) => write!(f, "close {call}")?,
    }
    f.write_str(if step.at_once { " &" } else { "" })
}

impl fmt::Display for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "get {key}"),
            Self::Set(key) => write!(f, "set {key}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(single) => single.fmt(f),
            Self::Mget(keys) => write!(f, "mget {}", keys.join(" ")),
            Self::Pipeline(singles) => {
                let singles: Vec<_> = singles.iter().map(ToString::to_string).collect();
                write!(f, "pipeline {}", singles.join(", "))
            }
        }
    }
}

/// Parses a step.
///
/// # Errors
/// Returns a sentence that names the mistake and what was expected.
pub(super) fn read(text: &str) -> Result<Step, String> {
    let whole = text.trim();
    let (body, at_once) = match whole.strip_suffix('&') {
        Some(body) => (body.trim_end(), true),
        None => (whole, false),
    };
    let (verb, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
    let act = match verb {
        "call" => {
            let (call, request) = rest.split_once(':').ok_or("expected `call N: REQUEST`")?;
            Act::Call(number(call)?, self::request(request.trim())?)
        }
        "cancel" => Act::Cancel(number(rest)?),
        "reply" => Act::Reply(number(rest)?),
        "cut" => Act::Cut(number(rest)?),
        "error" => Act::Error(number(rest)?),
        "reset" => Act::Reset(number(rest)?),
        "close" => Act::Close(number(rest)?),
        _ => return Err(unknown("step", verb, &VERBS)),
    };
    Ok(Step { act, at_once })
}

fn number(text: &str) -> Result<CallId, String> {
    let text = text.trim();
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{text}` is not the number of a call; expected 1, 2, 3, …"))
}

fn request(text: &str) -> Result<Request, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match name {
        "get" | "set" => Ok(Request::One(single(text)?)),
        "mget" => Ok(Request::Mget(rest.split_whitespace().map(key).collect::<Result<_, _>>()?)),
        "pipeline" => {
            let singles = rest.split(',').map(|part| single(part.trim()));
            Ok(Request::Pipeline(singles.collect::<Result<_, _>>()?))
        }
        _ => Err(unknown("request", name, &REQUESTS)),
    }
}

fn single(text: &str) -> Result<Single, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match name {
        "get" => Ok(Single::Get(key(rest)?)),
        "set" => Ok(Single::Set(key(rest)?)),
        _ => Err(unknown("command", name, &REQUESTS[..3])),
    }
}

fn key(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fine = (1..=LONGEST_KEY).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase());
    if fine {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a key; expected 1 to {LONGEST_KEY} letters from a to z"))
    }
}

fn unknown(what: &str, found: &str, known: &[&str]) -> String {
    let meant = nearest(found, known.iter().copied());
    let meant = meant.map_or_else(String::new, |meant| format!("did you mean `{meant}`? "));
    format!("unknown {what} `{found}`; {meant}known: {}", known.join(", "))
}
