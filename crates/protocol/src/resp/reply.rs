//! Replies in RESP2 and RESP3.

use crate::answer::{Answer, ErrorKind, Extra};
use crate::form::{Detail, RespForm};
use crate::message::{Asked, What};
use bytes::{BufMut, Bytes, BytesMut};
use crosswire_cache::resp::{
    Reply, decode_reply, encode_reply, write_array_header, write_bulk, write_error, write_int,
    write_nil,
};

/// Returns the reply to a command; none if the command has no such reply.
pub(super) fn answer(asked: &Asked, answer: &Answer) -> Option<Bytes> {
    let mut out = BytesMut::new();
    write(&mut out, asked, answer)?;
    Some(out.freeze())
}

fn write(out: &mut BytesMut, asked: &Asked, answer: &Answer) -> Option<()> {
    let form = match &asked.form.0 {
        Detail::Resp(form) => *form,
        Detail::Fixed(reply) if *answer == Answer::Done => {
            out.put_slice(reply);
            return Some(());
        }
        _ => RespForm::default(),
    };
    match answer {
        Answer::Error(kind, text) => error(out, kind, text)?,
        Answer::Done if asked.queued => out.put_slice(b"+QUEUED\r\n"),
        Answer::Many(answers) if asked.what == What::Exec => {
            if answers.len() != asked.parts.len() {
                return None;
            }
            write_array_header(out, answers.len());
            for (part, answer) in asked.parts.iter().zip(answers) {
                write(out, part, answer)?;
            }
        }
        Answer::Many(_) => return None,
        Answer::Nil => nil(out, asked, form),
        Answer::NotDone => write_null(out, form),
        Answer::Done => done(out, asked, form),
        Answer::Number(number) => write_int(out, *number),
        Answer::Empty => values(out, asked, &vec![Some(String::new()); asked.keys.len()], form)?,
        Answer::Values(found) => values(out, asked, found, form)?,
        Answer::Nested(value) => {
            out.put_slice(b"*1\r\n*1\r\n");
            write_bulk(out, value.as_bytes());
        }
        Answer::OtherType => match asked.what {
            What::Get | What::GetMany | What::BlockingPop => write_int(out, 1),
            _ => out.put_slice(b"*0\r\n"),
        },
    }
    Some(())
}

/// Writes an error; none if the protocol has no such error.
fn error(out: &mut BytesMut, kind: &ErrorKind, text: &str) -> Option<()> {
    let line = match kind {
        ErrorKind::Refused => format!("ERR {text}"),
        ErrorKind::ReadOnly => format!("READONLY {text}"),
        ErrorKind::Loading => format!("LOADING {text}"),
        ErrorKind::Busy => format!("BUSY {text}"),
        ErrorKind::WrongType => format!("WRONGTYPE {text}"),
        ErrorKind::NoAuth => format!("NOAUTH {text}"),
        ErrorKind::Cancelled => return None,
        ErrorKind::Moved { slot, address } => format!("MOVED {slot} {address}"),
        ErrorKind::Ask { slot, address } => format!("ASK {slot} {address}"),
    };
    write_error(out, line.as_bytes());
    Some(())
}

/// Writes that there is no value: one for each key, except where one means them all.
fn nil(out: &mut BytesMut, asked: &Asked, form: RespForm) {
    match asked.what {
        What::GetMany => {
            write_array_header(out, asked.keys.len());
            for _ in &asked.keys {
                write_null(out, form);
            }
        }
        What::Exec | What::BlockingPop if !form.version_3 => out.put_slice(b"*-1\r\n"),
        _ => write_null(out, form),
    }
}

fn done(out: &mut BytesMut, asked: &Asked, form: RespForm) {
    if asked.what != What::Subscribe {
        return out.put_slice(b"+OK\r\n");
    }
    for (channel, count) in asked.keys.iter().zip(form.channels + 1..) {
        push_header(out, 3, form);
        write_bulk(out, b"subscribe");
        write_bulk(out, channel.as_bytes());
        write_int(out, count as i64);
    }
}

fn values(
    out: &mut BytesMut,
    asked: &Asked,
    found: &[Option<String>],
    form: RespForm,
) -> Option<()> {
    match (asked.what, found) {
        (What::GetMany, found) => {
            write_array_header(out, found.len());
            for value in found {
                write_value(out, value.as_ref(), form);
            }
        }
        (What::BlockingPop, [Some(value), ..]) => {
            write_array_header(out, 2);
            write_bulk(out, asked.keys.first()?.as_bytes());
            write_bulk(out, value.as_bytes());
        }
        (_, [value, ..]) => write_value(out, value.as_ref(), form),
        (_, []) => return None,
    }
    Some(())
}

fn write_value(out: &mut BytesMut, value: Option<&String>, form: RespForm) {
    match value {
        Some(value) => write_bulk(out, value.as_bytes()),
        None => write_null(out, form),
    }
}

fn write_null(out: &mut BytesMut, form: RespForm) {
    if form.version_3 { out.put_slice(b"_\r\n") } else { write_nil(out) }
}

fn push_header(out: &mut BytesMut, len: usize, form: RespForm) {
    let kind = if form.version_3 { '>' } else { '*' };
    out.put_slice(format!("{kind}{len}\r\n").as_bytes());
}

/// Returns a message that no command has asked for.
pub(super) fn extra(extra: &Extra, form: RespForm) -> Option<Bytes> {
    let mut out = BytesMut::new();
    match extra {
        Extra::Value(_, value) => write_bulk(&mut out, value.as_bytes()),
        Extra::Done => out.put_slice(b"+OK\r\n"),
        Extra::Error(kind, text) => error(&mut out, kind, text)?,
        Extra::Message { channel, text } => {
            push_header(&mut out, 3, form);
            for part in ["message", channel, text] {
                write_bulk(&mut out, part.as_bytes());
            }
        }
        Extra::Invalidate(keys) if form.version_3 => {
            push_header(&mut out, 2, form);
            write_bulk(&mut out, b"invalidate");
            write_array_header(&mut out, keys.len());
            for key in keys {
                write_bulk(&mut out, key.as_bytes());
            }
        }
        _ => return None,
    }
    Some(out.freeze())
}

/// Returns the reply to `HELLO 3`.
pub(super) fn hello_3(connection: u32) -> Bytes {
    let mut out = BytesMut::from(&b"%7\r\n"[..]);
    let mut pair = |name: &str, value: Result<&str, i64>| {
        write_bulk(&mut out, name.as_bytes());
        match value {
            Ok(text) => write_bulk(&mut out, text.as_bytes()),
            Err(number) => write_int(&mut out, number),
        }
    };
    pair("server", Ok("redis"));
    pair("version", Ok("7.4.0"));
    pair("proto", Err(3));
    pair("id", Err(i64::from(connection)));
    pair("mode", Ok("standalone"));
    pair("role", Ok("master"));
    write_bulk(&mut out, b"modules");
    write_array_header(&mut out, 0);
    out.freeze()
}

/// Translates whole replies of version 2, which differ in how they say that there is no value.
pub(super) fn in_version_3(replies: &[u8]) -> Bytes {
    let (mut rest, mut out) = (BytesMut::from(replies), BytesMut::new());
    while let Ok(Some(reply)) = decode_reply(&mut rest) {
        translate(&mut out, &reply);
    }
    assert!(rest.is_empty(), "the store writes whole replies");
    out.freeze()
}

fn translate(out: &mut BytesMut, reply: &Reply) {
    match reply {
        Reply::Nil => out.put_slice(b"_\r\n"),
        Reply::Array(parts) => {
            write_array_header(out, parts.len());
            for part in parts {
                translate(out, part);
            }
        }
        other => encode_reply(out, other),
    }
}
