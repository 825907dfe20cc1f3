//! The notation of steps: `call 1: get a`, `cancel 1`, `reply 1 &`.

use super::schedule::{Act, At, CallId, Fault, Form, Request, Single, Step, Where};
use crosswire_plan::nearest;
use std::fmt;

const VERBS: [&str; 12] = [
    "call",
    "cancel",
    "reply",
    "cut",
    "error",
    "reset",
    "close",
    "stall",
    "resume",
    "extra",
    "land",
    "invalidate",
];
const REQUESTS: [&str; 6] = ["get", "mget", "set", "incr", "pipeline", "transaction"];

const COMMANDS: [&str; 3] = ["get", "set", "incr"];

/// The word after the key of a value that cannot be encoded.
const UNENCODABLE: &str = " unencodable";

const FORMS: [(&str, Form); 4] = [
    ("nil", Form::Nil),
    ("empty", Form::Empty),
    ("nested", Form::Nested),
    ("other-type", Form::OtherType),
];

const FAULTS: [(&str, Fault); 5] = [
    ("readonly", Fault::ReadOnly),
    ("loading", Fault::Loading),
    ("busy", Fault::Busy),
    ("wrongtype", Fault::WrongType),
    ("noauth", Fault::NoAuth),
];

/// Longest key, in letters.
const LONGEST_KEY: usize = 8;

/// Writes a step in the notation that [`read`] parses.
pub(super) fn write(step: &Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &step.act {
        Act::Call(call, request) => write!(f, "call {call}: {request}")?,
        Act::Cancel(call) => write!(f, "cancel {call}")?,
        Act::Reply(call, form) => write!(f, "reply {call}{}", word(&FORMS, form))?,
        Act::Cut(call, at) => write!(f, "cut {call}{at}")?,
        Act::Error(call, fault) => write!(f, "error {call}{}", word(&FAULTS, fault))?,
        Act::Reset(call, place) => write!(f, "reset {place}{call}")?,
        Act::Close(call, place) => write!(f, "close {place}{call}")?,
        Act::Stall(call) => write!(f, "stall {call}")?,
        Act::Resume(call) => write!(f, "resume {call}")?,
        Act::Extra(call) => write!(f, "extra {call}")?,
        Act::Land(call) => write!(f, "land {call}")?,
        Act::Invalidate(call) => write!(f, "invalidate {call}")?,
    }
    f.write_str(if step.at_once { " &" } else { "" })
}

/// Returns the word after the number of a call, with a space before it; nothing for the plain form.
fn word<T: PartialEq>(words: &[(&'static str, T)], of: &T) -> String {
    let found = words.iter().find(|(_, one)| one == of);
    found.map_or_else(String::new, |(word, _)| format!(" {word}"))
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Half => Ok(()),
            Self::After(bytes) => write!(f, " after {bytes}"),
            Self::Before(bytes) => write!(f, " before {bytes}"),
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Idle { "idle " } else { "" })
    }
}

impl fmt::Display for Single {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(key) => write!(f, "get {key}"),
            Self::Set(key) => write!(f, "set {key}"),
            Self::Increment(key) => write!(f, "incr {key}"),
            Self::Unencodable(key) => write!(f, "set {key}{UNENCODABLE}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(single) => single.fmt(f),
            Self::Mget(keys) => write!(f, "mget {}", keys.join(" ")),
            Self::Pipeline(singles) => write!(f, "pipeline {}", listed(singles)),
            Self::Transaction(singles) => write!(f, "transaction {}", listed(singles)),
        }
    }
}

fn listed(singles: &[Single]) -> String {
    let singles: Vec<_> = singles.iter().map(ToString::to_string).collect();
    singles.join(", ")
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
        "reply" => {
            let (call, form) = numbered(rest)?;
            Act::Reply(call, one_of("form of a reply", &FORMS, form)?)
        }
        "cut" => {
            let (call, at) = numbered(rest)?;
            Act::Cut(call, self::at(at)?)
        }
        "error" => {
            let (call, fault) = numbered(rest)?;
            Act::Error(call, one_of("error", &FAULTS, fault)?)
        }
        "reset" | "close" => {
            let (place, call) = match rest.trim().strip_prefix("idle ") {
                Some(call) => (Where::Idle, number(call)?),
                None => (Where::Waiting, number(rest)?),
            };
            if verb == "reset" { Act::Reset(call, place) } else { Act::Close(call, place) }
        }
        "stall" => Act::Stall(number(rest)?),
        "resume" => Act::Resume(number(rest)?),
        "extra" => Act::Extra(number(rest)?),
        "land" => Act::Land(number(rest)?),
        "invalidate" => Act::Invalidate(number(rest)?),
        _ => return Err(unknown("step", verb, &VERBS)),
    };
    Ok(Step { act, at_once })
}

fn number(text: &str) -> Result<CallId, String> {
    let text = text.trim();
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{text}` is not the number of a call; expected 1, 2, 3, …"))
}

/// Reads the number of a call, and returns it with the words after it.
fn numbered(text: &str) -> Result<(CallId, &str), String> {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    Ok((number(first)?, rest.trim()))
}

/// Looks a word up; without a word, it is the plain form.
fn one_of<T: Copy + Default>(
    what: &str,
    words: &[(&'static str, T)],
    text: &str,
) -> Result<T, String> {
    if text.is_empty() {
        return Ok(T::default());
    }
    let found = words.iter().find(|(word, _)| *word == text);
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    found.map(|(_, one)| *one).ok_or_else(|| unknown(what, text, &names))
}

fn at(text: &str) -> Result<At, String> {
    let bytes = |text: &str| text.trim().parse().ok().filter(|bytes| *bytes > 0);
    let found = match text.split_once(char::is_whitespace) {
        _ if text.is_empty() => Some(At::Half),
        Some(("after", rest)) => bytes(rest).map(At::After),
        Some(("before", rest)) => bytes(rest).map(At::Before),
        _ => None,
    };
    found
        .ok_or_else(|| format!("`{text}` is no place in a reply; expected `after N` or `before N`"))
}

fn request(text: &str) -> Result<Request, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match name {
        "get" | "set" | "incr" => Ok(Request::One(single(text)?)),
        "mget" => Ok(Request::Mget(rest.split_whitespace().map(key).collect::<Result<_, _>>()?)),
        "pipeline" => Ok(Request::Pipeline(singles(rest)?)),
        "transaction" => Ok(Request::Transaction(singles(rest)?)),
        _ => Err(unknown("request", name, &REQUESTS)),
    }
}

fn singles(text: &str) -> Result<Vec<Single>, String> {
    text.split(',').map(|part| single(part.trim())).collect()
}

fn single(text: &str) -> Result<Single, String> {
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match name {
        "get" => Ok(Single::Get(key(rest)?)),
        "set" => match rest.strip_suffix(UNENCODABLE) {
            Some(rest) => Ok(Single::Unencodable(key(rest)?)),
            None => Ok(Single::Set(key(rest)?)),
        },
        "incr" => Ok(Single::Increment(key(rest)?)),
        _ => Err(unknown("command", name, &COMMANDS)),
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
