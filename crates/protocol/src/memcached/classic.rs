//! The classic commands: `get`, `set`, `incr` and their like.

use super::{Head, Line, MAX_KEY_LEN, MAX_VALUE_LEN, VERSION};
use crate::form::{Detail, Form, MemcachedForm};
use crate::message::{Asked, Key, Received, What, When};
use bytes::Bytes;

/// Reads a command line.
pub(super) fn line(name: &str, args: &[&str]) -> Line {
    let is_silent = args.last() == Some(&"noreply");
    let args = if is_silent { &args[..args.len() - 1] } else { args };
    match (name, args) {
        ("get" | "gets", [_, ..]) => get(name, args),
        ("gat" | "gats", [time, keys @ ..]) if !keys.is_empty() => {
            if time.parse::<i64>().is_err() {
                return Line::Refused("CLIENT_ERROR invalid exptime argument", 0);
            }
            get(name, keys)
        }
        ("set" | "add" | "replace" | "append" | "prepend", [key, flags, time, len]) => {
            store(name, key, [flags, time], len, is_silent)
        }
        ("cas", [key, flags, time, len, unique]) if unique.parse::<u64>().is_ok() => {
            store(name, key, [flags, time], len, is_silent)
        }
        ("incr" | "decr", [key, by]) => match by.parse::<u64>() {
            _ if key.len() > MAX_KEY_LEN => Line::BAD_FORMAT,
            Ok(by) => {
                let sign = if name == "decr" { "-" } else { "" };
                let asked = plain(What::Increment, name, &[key]);
                let (value, when) = (Some(format!("{sign}{by}")), When::Present);
                Line::asked(Asked { value, when, ..asked }, is_silent)
            }
            Err(_) => Line::Refused("CLIENT_ERROR invalid numeric delta argument", 0),
        },
        ("delete", [key] | [key, "0"]) if key.len() <= MAX_KEY_LEN => {
            Line::asked(plain(What::Delete, name, &[key]), is_silent)
        }
        ("delete", [_, _, ..]) => {
            Line::Refused("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]", 0)
        }
        ("touch", [key, time]) if key.len() <= MAX_KEY_LEN => match time.parse::<i64>() {
            Ok(_) => Line::asked(plain(What::Other, name, &[key]), is_silent),
            Err(_) => Line::Refused("CLIENT_ERROR invalid exptime argument", 0),
        },
        ("version", _) => Line::own(name, VERSION, false),
        ("flush_all", [time, ..]) if time.parse::<i64>().is_err() => {
            Line::Refused("CLIENT_ERROR invalid exptime argument", 0)
        }
        ("verbosity", [_, ..]) | ("flush_all", _) => Line::own(name, "OK", is_silent),
        ("quit", _) => Line::Whole(Received::Bye(Bytes::new())),
        ("delete" | "touch", [key, ..]) if key.len() > MAX_KEY_LEN => Line::BAD_FORMAT,
        _ => Line::ERROR,
    }
}

fn plain(what: What, name: &str, keys: &[&str]) -> Asked {
    let keys: Vec<Key> = keys.iter().map(|key| (*key).to_owned()).collect();
    let with_version = matches!(name, "gets" | "gats");
    let form = MemcachedForm { with_version, ..MemcachedForm::default() };
    let form = Form(Detail::Memcached(form));
    Asked { form, ..Asked::new(what, name).on(keys) }
}

fn get(name: &str, keys: &[&str]) -> Line {
    if keys.iter().any(|key| key.len() > MAX_KEY_LEN) {
        return Line::BAD_FORMAT;
    }
    let what = if keys.len() == 1 { What::Get } else { What::GetMany };
    Line::asked(plain(what, name, keys), false)
}

/// Reads a command that stores. What it appends to is not known here, so that is a plain store of a
/// key that has a value.
fn store(name: &str, key: &str, numbers: [&str; 2], len: &str, is_silent: bool) -> Line {
    let [flags, time] = numbers;
    let sound = flags.parse::<u32>().is_ok() && time.parse::<i32>().is_ok();
    let len = len.parse::<i32>().ok().and_then(|len| usize::try_from(len).ok());
    let (Some(len), true, true) = (len, sound, key.len() <= MAX_KEY_LEN) else {
        return Line::BAD_FORMAT;
    };
    if len > MAX_VALUE_LEN {
        return Line::Refused("SERVER_ERROR object too large for cache", len + 2);
    }
    let when = match name {
        "add" => When::Absent,
        "replace" | "append" | "prepend" => When::Present,
        _ => When::Always,
    };
    let asked = Asked { when, ..plain(What::Set, name, &[key]) };
    Line::Head(Head { asked, len, is_silent })
}
