//! The client's side of PostgreSQL: simple queries.

use super::{Client, Command, Heard, Outcome, unasked};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::collections::VecDeque;

/// Version 3.0 of the protocol, and the code of a request to cancel.
const VERSION: u32 = 3 << 16;
const CANCEL: u32 = 80_877_102;

/// Longest message that is read.
const MOST: usize = 1 << 24;

/// One connection.
#[derive(Default)]
pub(super) struct Postgres {
    waiting: VecDeque<Command>,
    is_ready: bool,
    /// The process and the secret that cancel what the connection runs.
    key: Option<(u32, u32)>,
    /// The rows of the reply that is arriving, and whether the command is complete or has failed.
    rows: Vec<Vec<Option<String>>>,
    is_complete: bool,
    error: Option<String>,
}

impl Client for Postgres {
    fn start(&mut self) -> Option<Bytes> {
        let mut body = BytesMut::new();
        body.put_u32(VERSION);
        body.put_slice(b"user\0crosswire\0database\0crosswire\0\0");
        let mut out = BytesMut::new();
        out.put_u32(body.len() as u32 + 4);
        out.put_slice(&body);
        Some(out.freeze())
    }

    fn send(&mut self, command: &Command) -> Bytes {
        self.waiting.push_back(command.clone());
        let sql = match command {
            Command::Get(key) => format!("SELECT value FROM items WHERE key = '{key}'"),
            Command::GetMany(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| format!("'{key}'")).collect();
                format!("SELECT key, value FROM items WHERE key IN ({})", keys.join(", "))
            }
            Command::Set(key, value) => format!(
                "INSERT INTO items (key, value) VALUES ('{key}', '{value}') \
                 ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
            ),
            Command::Increment(key) => {
                format!("UPDATE items SET value = value + 1 WHERE key = '{key}' RETURNING value")
            }
        };
        let mut out = BytesMut::from(&b"Q"[..]);
        out.put_u32(sql.len() as u32 + 5);
        out.put_slice(sql.as_bytes());
        out.put_u8(0);
        out.freeze()
    }

    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Heard>, String> {
        while let Some((kind, body)) = message(input)? {
            if let Some(heard) = self.take(kind, body)? {
                return Ok(Some(heard));
            }
        }
        Ok(None)
    }

    fn cancel(&self) -> Option<Bytes> {
        let (process, secret) = self.key?;
        Some([16, CANCEL, process, secret].map(u32::to_be_bytes).concat().into())
    }
}

/// Takes a whole message off the front of a buffer: its kind and its body.
fn message(input: &mut BytesMut) -> Result<Option<(u8, Bytes)>, String> {
    if input.len() < 5 {
        return Ok(None);
    }
    let len = u32::from_be_bytes([input[1], input[2], input[3], input[4]]) as usize;
    if !(4..=MOST).contains(&len) {
        return Err(format!("a message of {len} bytes"));
    }
    if input.len() < len + 1 {
        return Ok(None);
    }
    let mut whole = input.split_to(len + 1).freeze();
    let kind = whole.get_u8();
    whole.advance(4);
    Ok(Some((kind, whole)))
}

impl Postgres {
    fn take(&mut self, kind: u8, mut body: Bytes) -> Result<Option<Heard>, String> {
        match kind {
            b'K' if body.len() >= 8 => self.key = Some((body.get_u32(), body.get_u32())),
            b'D' => self.rows.push(row(body)?),
            b'C' => self.is_complete = true,
            b'E' => {
                let text = error(&body);
                // An error before the connection is ready, or without a command, ends it.
                if !self.is_ready || self.waiting.is_empty() {
                    return Err(text);
                }
                self.error = Some(text);
            }
            b'Z' if !self.is_ready => {
                self.is_ready = true;
                return Ok(Some(Heard::Ready));
            }
            b'Z' => return Ok(Some(Heard::Reply(self.outcome()?))),
            // Authentication that asks for something.
            b'R' if body.len() < 4 || body.get_u32() != 0 => {
                return Err("a server that asks for a password; let everybody in".to_owned());
            }
            _ => {}
        }
        Ok(None)
    }

    fn outcome(&mut self) -> Result<Outcome, String> {
        let command = self.waiting.pop_front().ok_or_else(unasked)?;
        let rows = std::mem::take(&mut self.rows);
        let complete = std::mem::take(&mut self.is_complete);
        if let Some(error) = self.error.take() {
            return Ok(Outcome::Error(error));
        }
        let odd = || Outcome::Odd(format!("{rows:?}"));
        Ok(match (&command, &rows[..]) {
            _ if !complete => odd(),
            (Command::Get(_), []) => Outcome::Value(None),
            (Command::Get(_), [row]) if row.len() == 1 => Outcome::Value(row[0].clone()),
            (Command::GetMany(keys), rows) if rows.iter().all(|row| row.len() == 2) => {
                let of = |key: &String| {
                    let row = rows.iter().find(|row| row[0].as_ref() == Some(key));
                    row.and_then(|row| row[1].clone())
                };
                let known = |row: &Vec<Option<String>>| {
                    row[0].as_ref().is_some_and(|key| keys.contains(key))
                };
                if rows.iter().all(known) {
                    Outcome::Values(keys.iter().map(of).collect())
                } else {
                    odd()
                }
            }
            (Command::Set(..), []) => Outcome::Done,
            _ => odd(),
        })
    }
}

/// Reads the columns of a row.
fn row(mut body: Bytes) -> Result<Vec<Option<String>>, String> {
    let bad = || "a row that ends too soon".to_owned();
    let count = body.try_get_u16().map_err(|_| bad())?;
    let mut columns = Vec::new();
    for _ in 0..count {
        let len = body.try_get_i32().map_err(|_| bad())?;
        columns.push(match usize::try_from(len) {
            Err(_) => None,
            Ok(len) if len > body.len() => return Err(bad()),
            Ok(len) => Some(String::from_utf8_lossy(&body.split_to(len)).into_owned()),
        });
    }
    Ok(columns)
}

/// Returns the text of an error.
fn error(body: &[u8]) -> String {
    let mut fields = body.split(|byte| *byte == 0);
    let text = fields.find_map(|field| field.strip_prefix(b"M"));
    String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
}
