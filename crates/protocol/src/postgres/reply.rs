//! Replies of PostgreSQL.

use super::VERSION;
use super::frame::{self, TEXT};
use crate::answer::{Answer, ErrorKind, Extra};
use crate::form::{Detail, Step};
use crate::message::{Asked, What, When};
use bytes::{BufMut, Bytes, BytesMut};

/// The settings that a server reports to a new connection.
const SETTINGS: [(&str, &str); 9] = [
    ("application_name", ""),
    ("client_encoding", "UTF8"),
    ("DateStyle", "ISO, MDY"),
    ("integer_datetimes", "on"),
    ("is_superuser", "off"),
    ("server_encoding", "UTF8"),
    ("server_version", "15.0"),
    ("standard_conforming_strings", "on"),
    ("TimeZone", "UTC"),
];

/// Returns the reply to the start of a connection. Without authentication, everyone may log in.
pub(super) fn started(connection: u32, minor: u32) -> Bytes {
    let mut out = BytesMut::new();
    if minor > 0 {
        // The newest minor version that the server knows, and no unknown options.
        frame::frame(&mut out, b'v', |out| {
            out.put_u32(VERSION);
            out.put_u32(0);
        });
    }
    frame::frame(&mut out, b'R', |out| out.put_u32(0));
    for (name, value) in SETTINGS {
        setting(&mut out, name, value);
    }
    frame::frame(&mut out, b'K', |out| {
        out.put_u32(connection);
        out.put_u32(secret(connection));
    });
    frame::ready(&mut out, b'I');
    out.freeze()
}

/// Returns the secret with which what a connection runs may be cancelled.
pub(super) fn secret(connection: u32) -> u32 {
    connection.wrapping_mul(0x9e37_79b9)
}

fn setting(out: &mut BytesMut, name: &str, value: &str) {
    frame::frame(out, b'S', |out| {
        frame::text(out, name);
        frame::text(out, value);
    });
}

/// Returns the error after which a server closes the connection.
pub(super) fn fatal(reason: &str) -> Bytes {
    let mut out = BytesMut::new();
    frame::error(&mut out, b'E', "FATAL", "08P01", reason);
    out.freeze()
}

/// Returns the reply to a batch; none if it has no such reply.
pub(super) fn answer(asked: &Asked, answer: &Answer) -> Option<Bytes> {
    match answer {
        Answer::Many(answers) if asked.what == What::Batch => {
            if answers.len() != asked.parts.len() {
                return None;
            }
            all(asked, answers)
        }
        // An error ends a batch, so one for all is one for the first statement.
        Answer::Error(..) => all(asked, std::slice::from_ref(answer)),
        _ if asked.what == What::Batch => None,
        _ => all(asked, std::slice::from_ref(answer)),
    }
}

/// Returns the reply with an answer to each statement. An error ends it.
pub(super) fn all(asked: &Asked, answers: &[Answer]) -> Option<Bytes> {
    let Detail::Postgres(form) = &asked.form.0 else {
        return match answers {
            [Answer::Error(kind, text)] => {
                let mut out = BytesMut::new();
                error(&mut out, code(kind)?, text);
                Some(out.freeze())
            }
            _ => None,
        };
    };
    let (mut out, mut answers, mut nth, mut failed) = (BytesMut::new(), answers.iter(), 0, false);
    let has_results = form.steps.iter().any(|step| matches!(step, Step::Result { .. }));
    for step in &form.steps {
        if let Step::Frames(frames) = step {
            out.put_slice(frames);
            continue;
        }
        let part = if asked.what == What::Batch { asked.parts.get(nth)? } else { asked };
        nth += 1;
        let answer = answers.next()?;
        if let Some((code, text)) = failure(part, answer) {
            error(&mut out, code?, text);
            failed = true;
            break;
        }
        result(&mut out, part, step, answer)?;
    }
    if !has_results && let Some(Answer::Error(kind, text)) = answers.next() {
        // The server refuses what it would answer by itself.
        out.clear();
        error(&mut out, code(kind)?, text);
        failed = true;
    }
    if let Some(status) = form.ready {
        frame::ready(&mut out, if failed && status == b'T' { b'E' } else { status });
    }
    Some(out.freeze())
}

/// Returns the code and the text of the error that an answer is for a statement. A kind of error
/// that the protocol does not have has no code.
fn failure<'a>(part: &Asked, answer: &'a Answer) -> Option<(Option<&'static str>, &'a str)> {
    match answer {
        Answer::Error(kind, text) => Some((code(kind), text)),
        Answer::NotDone if part.when == When::Absent => {
            Some((Some("23505"), "duplicate key value violates unique constraint \"items_pkey\""))
        }
        _ => None,
    }
}

/// Returns the code of an error; none if the protocol has no such error.
fn code(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Refused => Some("P0001"),
        ErrorKind::ReadOnly => Some("25006"),
        ErrorKind::Loading => Some("57P03"),
        ErrorKind::Busy => Some("53300"),
        ErrorKind::WrongType => Some("42804"),
        ErrorKind::NoAuth => Some("42501"),
        ErrorKind::Cancelled => Some("57014"),
        ErrorKind::Moved { .. } | ErrorKind::Ask { .. } => None,
    }
}

fn error(out: &mut BytesMut, code: &str, text: &str) {
    frame::error(out, b'E', "ERROR", code, text);
}

/// Appends the result of a statement.
fn result(out: &mut BytesMut, part: &Asked, step: &Step, answer: &Answer) -> Option<()> {
    let Step::Result { columns, is_described, most } = step else { return None };
    let rows: Vec<(&str, Option<&str>)> = match answer {
        Answer::OtherType => {
            other_type(out, columns.is_empty());
            return Some(());
        }
        _ if columns.is_empty() => return stored(out, part, answer),
        Answer::Nil => Vec::new(),
        Answer::Empty => part.keys.iter().map(|key| (key.as_str(), Some(""))).collect(),
        Answer::Values(found) if found.len() == part.keys.len() => {
            let pairs = part.keys.iter().zip(found);
            // A key without a value has no row, and a key that is asked for twice has one.
            let mut rows: Vec<(&str, Option<&str>)> = Vec::new();
            for (key, value) in pairs {
                if value.is_some() && !rows.iter().any(|(known, _)| known == key) {
                    rows.push((key, value.as_deref()));
                }
            }
            rows
        }
        _ => return None,
    };
    if *is_described {
        frame::columns(out, &described(columns), &[]);
    }
    let limit = if *most == 0 { rows.len() } else { *most };
    for (key, value) in rows.iter().take(limit) {
        let cells = columns.iter().map(|name| if *name == "key" { Some(*key) } else { *value });
        frame::row(out, &cells.collect::<Vec<_>>());
    }
    if *most > 0 && rows.len() >= *most {
        frame::frame(out, b's', |_| {});
    } else {
        frame::complete(out, &format!("SELECT {}", rows.len()));
    }
    Some(())
}

/// Returns the columns of the table as the real server describes them.
pub(super) fn described(names: &[&'static str]) -> Vec<(&'static str, u16, u32)> {
    names.iter().map(|name| (*name, if *name == "key" { 1 } else { 2 }, TEXT)).collect()
}

/// Appends the end of a statement that returns no rows.
fn stored(out: &mut BytesMut, part: &Asked, answer: &Answer) -> Option<()> {
    let tag = match (part.what, answer) {
        (What::Set, Answer::Done) if part.when == When::Present => "UPDATE 1".to_owned(),
        (What::Set, Answer::Done) => "INSERT 0 1".to_owned(),
        (What::Set, Answer::NotDone | Answer::Nil) if part.when == When::Present => {
            "UPDATE 0".to_owned()
        }
        (What::Set, Answer::NotDone | Answer::Nil) => "INSERT 0 0".to_owned(),
        (What::Delete, Answer::Done) => format!("DELETE {}", part.keys.len()),
        (What::Delete, Answer::Number(count)) => format!("DELETE {count}"),
        (What::Delete, Answer::NotDone | Answer::Nil) => "DELETE 0".to_owned(),
        _ => return None,
    };
    frame::complete(out, &tag);
    Some(())
}

/// Appends a result that the statement never has: rows where there are none, and the reverse.
fn other_type(out: &mut BytesMut, has_rows: bool) {
    if has_rows {
        frame::columns(out, &[("?column?", 0, 23)], &[]);
        frame::row(out, &[Some("1")]);
        frame::complete(out, "SELECT 1");
    } else {
        frame::complete(out, "INSERT 0 1");
    }
}

/// Returns a message that no query has asked for.
pub(super) fn extra(extra: &Extra, status: u8) -> Option<Bytes> {
    let mut out = BytesMut::new();
    match extra {
        Extra::Value(key, value) => {
            frame::columns(&mut out, &described(&["key", "value"]), &[]);
            frame::row(&mut out, &[Some(key), Some(value)]);
            frame::complete(&mut out, "SELECT 1");
            frame::ready(&mut out, status);
        }
        Extra::Done => {
            frame::complete(&mut out, "INSERT 0 1");
            frame::ready(&mut out, status);
        }
        Extra::Error(kind, text) => {
            error(&mut out, code(kind)?, text);
            frame::ready(&mut out, status);
        }
        Extra::Message { channel, text } => frame::frame(&mut out, b'A', |out| {
            out.put_u32(1);
            frame::text(out, channel);
            frame::text(out, text);
        }),
        Extra::Notice(text) => frame::error(&mut out, b'N', "NOTICE", "00000", text),
        Extra::Parameter(name, value) => setting(&mut out, name, value),
        Extra::Ready => frame::ready(&mut out, status),
        Extra::TimedOut => frame::error(
            &mut out,
            b'E',
            "FATAL",
            "57P05",
            "terminating connection due to idle-session timeout",
        ),
        Extra::Invalidate(_) => return None,
    }
    Some(out.freeze())
}
