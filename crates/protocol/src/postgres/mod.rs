//! PostgreSQL's protocol, version 3: simple and extended queries, and cancel requests.
//!
//! A reply ends at `ReadyForQuery`, so everything up to a `Sync` is one message here: with one
//! statement that a schedule controls it has that meaning, with several it is a
//! [`What::Batch`]. Frames are a kind and a length. They are read by hand: `postgres-protocol`
//! reads what servers send, and `pgwire` brings an asynchronous server with it.
//!
//! An error within a transaction is reported as such in the reply to its batch. The batches after
//! it are treated as if it had not happened.

mod batch;
mod frame;
mod other;
mod reply;

use crate::Protocol;
use crate::answer::{Answer, Extra};
use crate::message::{Asked, BadBytes, OwnKind, Received, What};
use batch::Batch;
use bytes::{Buf, Bytes, BytesMut};
use frame::Fields;
use std::collections::BTreeMap;

/// The longest frame.
const MAX_LEN: usize = 1024 * 1024 + 1024;

/// The version 3.0 of the protocol.
const VERSION: u32 = 3 << 16;
/// The codes that take the place of a version.
const CANCEL: u32 = 80_877_102;
const ENCRYPT: [u32; 2] = [80_877_103, 80_877_104];

/// One connection.
pub(crate) struct Postgres {
    connection: u32,
    is_started: bool,
    /// True once nothing more is read.
    is_over: bool,
    /// The state of the transaction: `I` for none, `T` within one.
    status: u8,
    statements: BTreeMap<String, batch::Prepared>,
    portals: BTreeMap<String, batch::Portal>,
    batch: Batch,
}

impl Postgres {
    /// Creates the state of a new connection.
    pub(crate) fn new(connection: u32) -> Self {
        Self {
            connection,
            is_started: false,
            is_over: false,
            status: b'I',
            statements: BTreeMap::new(),
            portals: BTreeMap::new(),
            batch: Batch::default(),
        }
    }

    /// Takes the first message of a connection, which has no kind.
    fn start(&mut self, body: &[u8]) -> Result<Received, BadBytes> {
        let mut fields = Fields(body);
        let code = fields.u32().ok_or_else(|| bad("a start without a version"))?;
        match code {
            CANCEL => {
                self.is_over = true;
                let (process, secret) = (fields.u32(), fields.u32());
                let (Some(process), Some(secret)) = (process, secret) else {
                    return Err(bad("a cancel request without a process and a secret"));
                };
                let is_right = secret == reply::secret(process);
                Ok(Received::Cancel(if is_right { Some(process) } else { None }))
            }
            _ if ENCRYPT.contains(&code) => {
                let name = if code == ENCRYPT[0] { "SSLRequest" } else { "GSSENCRequest" };
                Ok(Asked::new(What::Other, name).own(OwnKind::Handshake, &b"N"[..]))
            }
            _ if code >> 16 == 3 => {
                self.is_started = true;
                let asked = Asked::new(What::Other, "StartupMessage");
                let reply = reply::started(self.connection, code & 0xffff);
                Ok(asked.own(OwnKind::Handshake, reply))
            }
            _ => Err(bad(&format!("version {}.{}, expected 3.0", code >> 16, code & 0xffff))),
        }
    }

    /// Takes a message with its kind.
    fn message(&mut self, kind: u8, body: &[u8]) -> Result<Received, BadBytes> {
        let mut fields = Fields(body);
        let silent = |name: &str| Ok(Received::Silent(Asked::new(What::Other, name)));
        let is_extended = matches!(kind, b'P' | b'B' | b'D' | b'E' | b'C');
        if is_extended && self.batch.has_failed() {
            return silent("skipped");
        }
        let taken = match kind {
            b'Q' => {
                let text = fields.text().ok_or_else(|| bad("a query without an end"))?;
                self.simple(&text);
                return Ok(self.finish("Query", Some(self.status)));
            }
            b'P' => self.parse(&mut fields).map(|()| "Parse"),
            b'B' => self.bind(&mut fields).map(|()| "Bind"),
            b'D' => self.describe(&mut fields).map(|()| "Describe"),
            b'E' => self.execute(&mut fields).map(|()| "Execute"),
            b'C' => self.close(&mut fields).map(|()| "Close"),
            b'S' => return Ok(self.finish("Sync", Some(self.status))),
            b'H' => return Ok(self.finish("Flush", None)),
            b'X' => {
                self.is_over = true;
                return Ok(Received::Bye(Bytes::new()));
            }
            // What is left of a copy that has failed.
            b'd' | b'c' | b'f' => Some("Copy"),
            b'F' => {
                self.batch.fail("0A000", "functions are called by SELECT here");
                return Ok(self.finish("FunctionCall", Some(self.status)));
            }
            _ => None,
        };
        match taken {
            Some(name) => silent(name),
            None => Err(bad(&format!("a malformed message `{}`", kind.escape_ascii()))),
        }
    }

    /// Ends the batch: with the state of the transaction, or without it for a Flush.
    fn finish(&mut self, name: &str, ready: Option<u8>) -> Received {
        let failed = self.batch.has_failed();
        let batch = if failed && ready.is_none() {
            // The error is sent, and everything up to the Sync is still skipped.
            self.batch.take_frames()
        } else {
            std::mem::take(&mut self.batch)
        };
        if ready.is_some() && self.status == b'I' {
            self.portals.clear();
        }
        batch.finish(name, ready)
    }
}

impl Protocol for Postgres {
    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, BadBytes> {
        if self.is_over {
            input.clear();
            return Ok(None);
        }
        let before = usize::from(self.is_started);
        let Some(len) = input.get(before..before + 4) else { return Ok(None) };
        let len = u32::from_be_bytes(len.try_into().expect("four bytes")) as usize;
        if !(4..=MAX_LEN).contains(&len) {
            return Err(bad(&format!("a message of {len} bytes, expected 4 to {MAX_LEN}")));
        }
        if input.len() < before + len {
            return Ok(None);
        }
        let kind = input[0];
        let mut message = input.split_to(before + len);
        message.advance(before + 4);
        let received =
            if self.is_started { self.message(kind, &message) } else { self.start(&message) };
        received.map(Some)
    }

    fn answer(&self, asked: &Asked, answer: &Answer) -> Option<Bytes> {
        reply::answer(asked, answer)
    }

    fn extra(&self, extra: &Extra) -> Option<Bytes> {
        reply::extra(extra, self.status)
    }

    /// `ReadyForQuery`, six bytes, says nothing of the command before it.
    fn saying(&self, reply: &[u8]) -> usize {
        match reply.len().checked_sub(6) {
            Some(at @ 1..) if reply[at] == b'Z' => at,
            _ => reply.len().saturating_sub(1),
        }
    }

    fn boundaries(&self, reply: &[u8]) -> Vec<usize> {
        let (mut at, mut ends) = (0, Vec::new());
        while let Some(len) = reply.get(at + 1..at + 5) {
            let len = u32::from_be_bytes(len.try_into().expect("four bytes")) as usize;
            ends.push(at + 5);
            at += 1 + len.max(4);
            ends.push(at);
        }
        ends.dedup();
        ends.retain(|end| *end < reply.len());
        ends
    }
}

fn bad(reason: &str) -> BadBytes {
    BadBytes { reason: reason.to_owned(), reply: reply::fatal(reason) }
}
