//! Replies of MySQL.

use super::packet::{self, TEXT};
use crate::answer::{Answer, ErrorKind, Extra};
use crate::form::{Detail, MySqlStep as Step, Style};
use crate::message::{Asked, What, When};
use bytes::Bytes;

/// Returns the reply to a command; none if it has no such reply.
pub(super) fn answer(asked: &Asked, answer: &Answer) -> Option<Bytes> {
    match answer {
        Answer::Many(answers) if asked.what == What::Batch => {
            if answers.len() == asked.parts.len() { all(asked, answers) } else { None }
        }
        Answer::Error(..) => all(asked, std::slice::from_ref(answer)),
        _ if asked.what == What::Batch => None,
        _ => all(asked, std::slice::from_ref(answer)),
    }
}

/// Returns the reply with an answer to each statement. An error ends it.
pub(super) fn all(asked: &Asked, answers: &[Answer]) -> Option<Bytes> {
    let steps = match &asked.form.0 {
        Detail::MySql(form) => &form.steps[..],
        _ => &[],
    };
    let (mut packets, mut answers, mut nth) = (Vec::new(), answers.iter(), 0);
    let has_results = steps.iter().any(|step| matches!(step, Step::Result { .. }));
    if let (false, Some(first)) = (has_results, answers.as_slice().first()) {
        // The server refuses what it would answer by itself.
        let Answer::Error(kind, text) = first else { return None };
        return Some(packet::numbered(&[error(kind, text)?], 1));
    }
    for step in steps {
        match step {
            Step::Packets(fixed) => packets.extend_from_slice(fixed),
            Step::Result { columns, style } => {
                let part = if asked.what == What::Batch { asked.parts.get(nth)? } else { asked };
                nth += 1;
                let answer = answers.next()?;
                if let Answer::Error(kind, text) = answer {
                    packets.push(error(kind, text)?);
                    break;
                }
                if part.when == When::Absent && *answer == Answer::NotDone {
                    let key = part.keys.first()?;
                    let text = format!("Duplicate entry '{key}' for key 'PRIMARY'");
                    packets.push(packet::error(1062, "23000", &text));
                    break;
                }
                packets.extend(result(part, columns, *style, answer)?);
            }
        }
    }
    Some(packet::numbered(&packets, 1))
}

/// Returns an error; none if the protocol has no such error.
fn error(kind: &ErrorKind, text: &str) -> Option<Bytes> {
    let (code, state) = match kind {
        ErrorKind::Refused => (1105, "HY000"),
        ErrorKind::ReadOnly => (1290, "HY000"),
        ErrorKind::Busy => (1040, "08004"),
        ErrorKind::WrongType => (1366, "HY000"),
        ErrorKind::NoAuth => (1142, "42000"),
        ErrorKind::Loading
        | ErrorKind::Cancelled
        | ErrorKind::Moved { .. }
        | ErrorKind::Ask { .. } => return None,
    };
    Some(packet::error(code, state, text))
}

/// Returns the result of a statement.
fn result(
    part: &Asked,
    columns: &[&'static str],
    style: Style,
    answer: &Answer,
) -> Option<Vec<Bytes>> {
    let ok = |affected| Some(vec![packet::ok(affected, style.reported())]);
    let rows: Vec<(&str, &str)> = match (part.what, answer) {
        (What::Set | What::Delete, Answer::OtherType) => {
            let columns = [packet::column("1", "", TEXT)];
            return Some(packet::rows(&columns, &[vec!["1"]], style));
        }
        (_, Answer::OtherType) | (What::Set, Answer::Done) => return ok(1),
        (What::Set | What::Delete, Answer::NotDone | Answer::Nil) => return ok(0),
        (What::Delete, Answer::Done) => return ok(part.keys.len() as u64),
        (What::Delete, Answer::Number(count)) => return ok(u64::try_from(*count).unwrap_or(0)),
        (What::Get | What::GetMany, Answer::Nil) => Vec::new(),
        (What::Get | What::GetMany, Answer::Empty) => {
            part.keys.iter().map(|key| (key.as_str(), "")).collect()
        }
        (What::Get | What::GetMany, Answer::Values(found)) if found.len() == part.keys.len() => {
            // A key without a value has no row, and a key that is asked for twice has one.
            let mut rows: Vec<(&str, &str)> = Vec::new();
            for (key, value) in part.keys.iter().zip(found) {
                match value {
                    Some(value) if !rows.iter().any(|(known, _)| known == key) => {
                        rows.push((key, value));
                    }
                    _ => {}
                }
            }
            rows
        }
        _ => return None,
    };
    let rows: Vec<Vec<&str>> = rows
        .iter()
        .map(|(key, value)| {
            columns.iter().map(|name| if *name == "key" { *key } else { *value }).collect()
        })
        .collect();
    Some(packet::rows(&described(columns), &rows, style))
}

/// Returns the descriptions of columns of the table.
pub(super) fn described(names: &[&'static str]) -> Vec<Bytes> {
    names.iter().map(|name| packet::column(name, "items", TEXT)).collect()
}

/// Returns a message that no command has asked for.
pub(super) fn extra(extra: &Extra, style: Style) -> Option<Bytes> {
    let packets = match extra {
        Extra::Value(key, value) => {
            packet::rows(&described(&["key", "value"]), &[vec![key, value]], style)
        }
        Extra::Done | Extra::Ready => vec![packet::ok(0, style.status)],
        Extra::Error(kind, text) => vec![error(kind, text)?],
        Extra::TimedOut => {
            let text = "The client was disconnected by the server because of inactivity.";
            vec![packet::error(4031, "HY000", text)]
        }
        _ => return None,
    };
    Some(packet::numbered(&packets, 1))
}
