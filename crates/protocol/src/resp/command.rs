//! The commands whose replies a schedule controls.

use crate::message::{Asked, Key, OwnKind, What, When};
use bytes::Bytes;
use crosswire_cache::resp::parse_int;

/// Parses a command that a schedule controls; none for any other.
pub(super) fn asked(args: &[Bytes]) -> Option<Asked> {
    let name = args[0].to_ascii_uppercase();
    let keys: Vec<Key> = args[1..].iter().map(text).collect();
    let mut when = When::Always;
    let (what, keys, value) = match (name.as_slice(), &args[1..]) {
        (b"GET", [_]) => (What::Get, keys, None),
        (b"MGET", [_, ..]) => (What::GetMany, keys, None),
        (b"SET", [key, value, options @ ..]) => {
            when = condition(options)?;
            (What::Set, vec![text(key)], Some(text(value)))
        }
        (b"INCR", [_]) => (What::Increment, keys, Some("1".to_owned())),
        (b"INCRBY", [key, by]) if parse_int(by).is_some() => {
            (What::Increment, vec![text(key)], Some(text(by)))
        }
        (b"DEL" | b"UNLINK", [_, ..]) => (What::Delete, keys, None),
        (b"SUBSCRIBE", [_, ..]) => (What::Subscribe, keys, None),
        (b"BLPOP" | b"BRPOP", [lists @ .., _]) if !lists.is_empty() => {
            (What::BlockingPop, lists.iter().map(text).collect(), None)
        }
        _ => return None,
    };
    let replies = if what == What::Subscribe { keys.len() } else { 1 };
    let asked = Asked::new(what, String::from_utf8_lossy(&name)).on(keys);
    Some(Asked { value, when, replies, ..asked })
}

/// Returns a command that the server answers by itself.
pub(super) fn other(args: &[Bytes]) -> Asked {
    let name = args[0].to_ascii_uppercase();
    let what = match name.as_slice() {
        b"PING" => What::Ping,
        b"SELECT" => What::Select,
        _ => What::Other,
    };
    Asked::new(what, String::from_utf8_lossy(&name))
}

/// Returns the purpose of a command that the server answers by itself.
pub(super) fn kind(args: &[Bytes]) -> OwnKind {
    match args[0].to_ascii_uppercase().as_slice() {
        b"HELLO" | b"AUTH" | b"SELECT" | b"CLIENT" | b"READONLY" | b"READWRITE" => {
            OwnKind::Handshake
        }
        _ => OwnKind::Housekeeping,
    }
}

/// Returns the condition of a SET with these options; none if it replies with more than a status.
fn condition(mut options: &[Bytes]) -> Option<When> {
    let mut when = When::Always;
    while let [option, rest @ ..] = options {
        let word = option.to_ascii_uppercase();
        options = match (word.as_slice(), rest) {
            (b"NX", rest) if when == When::Always => {
                when = When::Absent;
                rest
            }
            (b"XX", rest) if when == When::Always => {
                when = When::Present;
                rest
            }
            (b"EX" | b"PX", [time, rest @ ..]) if is_time(time) => rest,
            _ => return None,
        };
    }
    Some(when)
}

fn is_time(text: &[u8]) -> bool {
    parse_int(text).is_some_and(|time| time > 0)
}

pub(super) fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
