//! Replies of memcached.

use crate::answer::{Answer, ErrorKind, Extra};
use crate::form::{Detail, MemcachedForm};
use crate::message::{Asked, What};
use bytes::Bytes;
use std::fmt::Write;

/// Returns the reply to a command; none if the command has no such reply.
pub(super) fn answer(asked: &Asked, answer: &Answer) -> Option<Bytes> {
    let Detail::Memcached(form) = &asked.form.0 else {
        return if let Answer::Error(kind, text) = answer { error(kind, text) } else { None };
    };
    match answer {
        Answer::Error(kind, text) => error(kind, text),
        Answer::OtherType => {
            let is_read = matches!(asked.what, What::Get | What::GetMany);
            Some(Bytes::from(if is_read { "STORED\r\n" } else { "END\r\n" }))
        }
        _ if form.is_meta => meta(asked, form, answer),
        _ => classic(asked, form, answer),
    }
}

fn error(kind: &ErrorKind, text: &str) -> Option<Bytes> {
    let text = text.replace(['\r', '\n'], " ");
    match kind {
        ErrorKind::Refused | ErrorKind::Busy => Some(format!("SERVER_ERROR {text}\r\n").into()),
        ErrorKind::WrongType => Some(format!("CLIENT_ERROR {text}\r\n").into()),
        ErrorKind::NoAuth => Some(format!("CLIENT_ERROR unauthenticated {text}\r\n").into()),
        ErrorKind::ReadOnly
        | ErrorKind::Loading
        | ErrorKind::Cancelled
        | ErrorKind::Moved { .. }
        | ErrorKind::Ask { .. } => None,
    }
}

fn classic(asked: &Asked, form: &MemcachedForm, answer: &Answer) -> Option<Bytes> {
    let line = match (asked.what, asked.name.as_str(), answer) {
        (What::Get | What::GetMany, _, Answer::Values(found)) => return values(asked, form, found),
        (What::Get | What::GetMany, _, Answer::Empty) => {
            return values(asked, form, &vec![Some(String::new()); asked.keys.len()]);
        }
        (What::Get | What::GetMany, _, Answer::Nil) => "END",
        (What::Set, _, Answer::Done) => "STORED",
        (What::Set, "cas", Answer::NotDone) => "EXISTS",
        (What::Set, _, Answer::NotDone) => "NOT_STORED",
        (What::Increment, _, Answer::Number(number)) => {
            return Some(format!("{number}\r\n").into());
        }
        (What::Delete, _, Answer::Done | Answer::Number(1..)) => "DELETED",
        (What::Other, _, Answer::Done) => "TOUCHED",
        (What::Set, "cas", Answer::Nil)
        | (What::Increment | What::Other, _, Answer::Nil | Answer::NotDone)
        | (What::Delete, _, Answer::Nil | Answer::NotDone | Answer::Number(_)) => "NOT_FOUND",
        _ => return None,
    };
    Some(format!("{line}\r\n").into())
}

fn values(asked: &Asked, form: &MemcachedForm, found: &[Option<String>]) -> Option<Bytes> {
    if found.len() != asked.keys.len() {
        return None;
    }
    let mut out = String::new();
    for (key, value) in asked.keys.iter().zip(found) {
        if let Some(value) = value {
            push_value(&mut out, key, value, form.with_version);
        }
    }
    out.push_str("END\r\n");
    Some(out.into())
}

fn push_value(out: &mut String, key: &str, value: &str, with_version: bool) {
    let version = if with_version { " 1" } else { "" };
    let _ = write!(out, "VALUE {key} 0 {}{version}\r\n{value}\r\n", value.len());
}

fn meta(asked: &Asked, form: &MemcachedForm, answer: &Answer) -> Option<Bytes> {
    let asks = |flag: &str| form.flags.iter().any(|known| known == flag);
    let found = match (asked.what, answer) {
        (What::Get, Answer::Values(found)) => found.first()?.clone(),
        (What::Get, Answer::Empty) => Some(String::new()),
        (What::Get, Answer::Nil) | (What::Increment, Answer::Nil | Answer::NotDone) => None,
        (What::Increment, Answer::Number(number)) => Some(number.to_string()),
        (What::Set, Answer::Done) | (What::Delete, Answer::Done | Answer::Number(1..)) => {
            return Some(line("HD", form, 0, asked.quiet));
        }
        (What::Set, Answer::NotDone) => return Some(line("NS", form, 0, false)),
        (What::Set, Answer::Nil) => return Some(line("NF", form, 0, false)),
        (What::Delete, Answer::Nil | Answer::NotDone | Answer::Number(_)) => {
            return Some(line("NF", form, 0, false));
        }
        _ => return None,
    };
    match found {
        None if asked.what == What::Get && asked.quiet => Some(Bytes::new()),
        None if asked.what == What::Get => Some(line("EN", form, 0, false)),
        None => Some(line("NF", form, 0, false)),
        Some(_) if asked.quiet && asked.what == What::Increment => Some(Bytes::new()),
        Some(value) if asks("v") => {
            let head = line(&format!("VA {}", value.len()), form, value.len(), false);
            Some([&head[..], value.as_bytes(), b"\r\n"].concat().into())
        }
        Some(value) => Some(line("HD", form, value.len(), false)),
    }
}

/// Returns a line with the flags that the client wants back; nothing if it wants silence instead.
fn line(code: &str, form: &MemcachedForm, len: usize, is_silent: bool) -> Bytes {
    if is_silent {
        return Bytes::new();
    }
    let mut out = code.to_owned();
    for flag in &form.flags {
        let is_hit = matches!(code.get(..2), Some("HD" | "VA"));
        let _ = match flag.as_bytes()[0] {
            b'O' => write!(out, " {flag}"),
            b'k' => {
                let is_base64 = form.flags.iter().any(|flag| flag == "b");
                write!(out, " k{}{}", form.key, if is_base64 { " b" } else { "" })
            }
            b'f' if is_hit && flag == "f" => write!(out, " f0"),
            b's' if is_hit && flag == "s" => write!(out, " s{len}"),
            b't' if is_hit && flag == "t" => write!(out, " t-1"),
            b'c' if is_hit && flag == "c" => write!(out, " c1"),
            b'h' if is_hit && flag == "h" => write!(out, " h0"),
            b'l' if is_hit && flag == "l" => write!(out, " l0"),
            _ => Ok(()),
        };
    }
    out.push_str("\r\n");
    out.into()
}

/// Returns a message that no command has asked for.
pub(super) fn extra(extra: &Extra) -> Option<Bytes> {
    match extra {
        Extra::Value(key, value) => {
            let mut out = String::new();
            push_value(&mut out, key, value, false);
            out.push_str("END\r\n");
            Some(out.into())
        }
        Extra::Done => Some(Bytes::from("STORED\r\n")),
        Extra::Error(kind, text) => error(kind, text),
        _ => None,
    }
}
