//! MySQL's protocol: queries and prepared statements.
//!
//! Packets are a length, a number and a payload. They are read by hand: `mysql_common` brings some
//! fifty crates, and the servers over it an asynchronous runtime.
//!
//! Every user may log in. A password is not checked, and there is no encryption.

mod command;
mod other;
mod packet;
mod reply;

use crate::Protocol;
use crate::answer::{Answer, Extra};
use crate::form::Style;
use crate::message::{Asked, BadBytes, Own, OwnKind, Received, What};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use command::Prepared;
use packet::{AUTOCOMMIT, Fields, MAX_LEN};
use std::collections::BTreeMap;

/// What the server can do: texts in UTF-8, long passwords, transactions, several statements,
/// authentication by plug-ins, and results without `EOF` packets.
const CAPABILITIES: u32 = 0x013f_a20f;
/// The protocol of version 4.1, which everything here is.
const PROTOCOL_41: u64 = 0x200;
const SSL: u64 = 0x800;
const MULTI_STATEMENTS: u64 = 0x1_0000;
const DEPRECATE_EOF: u64 = 0x100_0000;

/// The version that the server reports.
const VERSION: &str = "8.0.40";
/// The plug-in that checks passwords, which are not checked here.
const PLUGIN: &str = "mysql_native_password";
/// The challenge of that plug-in.
const CHALLENGE: &[u8; 20] = b"crosswire-crosswire-";

/// One connection.
pub(crate) struct MySql {
    connection: u32,
    is_started: bool,
    /// True once nothing more is read.
    is_over: bool,
    allows_many: bool,
    style: Style,
    statements: BTreeMap<u32, Prepared>,
    last_statement: u32,
}

impl MySql {
    /// Creates the state of a new connection.
    pub(crate) fn new(connection: u32) -> Self {
        Self {
            connection,
            is_started: false,
            is_over: false,
            allows_many: false,
            style: Style { status: AUTOCOMMIT, ..Style::default() },
            statements: BTreeMap::new(),
            last_statement: 0,
        }
    }

    /// Takes the client's part of the handshake.
    fn start(&mut self, payload: &[u8], number: u8) -> Result<Received, BadBytes> {
        let capabilities = Fields(payload).number(4).unwrap_or(0);
        if capabilities & PROTOCOL_41 == 0 || payload.len() < 32 {
            return Err(bad("a handshake of before version 4.1"));
        }
        if capabilities & SSL != 0 {
            return Err(bad("a request for encryption, which the server does not offer"));
        }
        self.is_started = true;
        self.allows_many = capabilities & MULTI_STATEMENTS != 0;
        self.style.without_ends = capabilities & DEPRECATE_EOF != 0;
        let reply = packet::numbered(&[packet::ok(0, AUTOCOMMIT)], number.wrapping_add(1));
        Ok(Asked::new(What::Other, "HandshakeResponse").own(OwnKind::Handshake, reply))
    }

    /// Takes a command.
    fn command(&mut self, payload: &[u8]) -> Result<Received, BadBytes> {
        let Some((kind, rest)) = payload.split_first() else {
            return Err(bad("a command of no bytes"));
        };
        let text = || String::from_utf8_lossy(rest).into_owned();
        let done = |this: &Self, what, name: &str, kind| {
            let packets = [packet::ok(0, this.style.status)];
            Self::own(Asked::new(what, name), kind, &packets)
        };
        Ok(match kind {
            0x01 => {
                self.is_over = true;
                Received::Bye(Bytes::new())
            }
            0x02 => done(self, What::Select, "COM_INIT_DB", OwnKind::Handshake),
            0x03 => self.query(&text()),
            0x09 => {
                let asked = Asked::new(What::Other, "COM_STATISTICS");
                Self::own(asked, OwnKind::Housekeeping, &[Bytes::from("Uptime: 1")])
            }
            0x0e => done(self, What::Ping, "COM_PING", OwnKind::Housekeeping),
            0x11 => {
                self.statements.clear();
                done(self, What::Other, "COM_CHANGE_USER", OwnKind::Handshake)
            }
            0x16 => self.prepare(&text()),
            0x17 => return self.execute(rest).ok_or_else(|| bad("a malformed COM_STMT_EXECUTE")),
            0x18 => Received::Silent(Asked::new(What::Other, "COM_STMT_SEND_LONG_DATA")),
            0x19 => {
                let number = Fields(rest).number(4).ok_or_else(|| bad("a malformed close"))?;
                self.statements.remove(&(number as u32));
                Received::Silent(Asked::new(What::Other, "COM_STMT_CLOSE"))
            }
            0x1a => done(self, What::Other, "COM_STMT_RESET", OwnKind::Housekeeping),
            0x1b => {
                let asked = Asked::new(What::Other, "COM_SET_OPTION");
                let end = packet::columns_end(self.style, self.style.status);
                let end = end.unwrap_or_else(|| packet::ok(0, self.style.status));
                Self::own(asked, OwnKind::Housekeeping, &[end])
            }
            0x1f => {
                self.statements.clear();
                self.style.status = AUTOCOMMIT;
                done(self, What::Other, "COM_RESET_CONNECTION", OwnKind::Handshake)
            }
            _ => {
                let asked = Asked::new(What::Other, format!("COM_{kind}"));
                let error = packet::error(1047, "08S01", "Unknown command");
                Self::own(asked, OwnKind::Housekeeping, &[error])
            }
        })
    }

    /// Returns a message with the packets of the reply.
    fn own(asked: Asked, kind: OwnKind, packets: &[Bytes]) -> Received {
        let asked = command::with_form(asked, Vec::new());
        asked.own(kind, packet::numbered(packets, 1))
    }
}

impl Protocol for MySql {
    fn greeting(&self) -> Option<Own> {
        let mut out = BytesMut::new();
        out.put_u8(10);
        out.put_slice(VERSION.as_bytes());
        out.put_u8(0);
        out.put_u32_le(self.connection);
        out.put_slice(&CHALLENGE[..8]);
        out.put_u8(0);
        out.put_u16_le(CAPABILITIES as u16);
        out.put_u8(45);
        out.put_u16_le(AUTOCOMMIT);
        out.put_u16_le((CAPABILITIES >> 16) as u16);
        out.put_u8(CHALLENGE.len() as u8 + 1);
        out.put_bytes(0, 10);
        out.put_slice(&CHALLENGE[8..]);
        out.put_u8(0);
        out.put_slice(PLUGIN.as_bytes());
        out.put_u8(0);
        let reply = packet::numbered(&[out.freeze()], 0);
        Some(Own { kind: OwnKind::Handshake, asked: Asked::new(What::Other, "greeting"), reply })
    }

    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received>, BadBytes> {
        if self.is_over {
            input.clear();
            return Ok(None);
        }
        let Some(&[one, two, three, number]) = input.get(..4).and_then(|head| head.first_chunk())
        else {
            return Ok(None);
        };
        let len = u32::from_le_bytes([one, two, three, 0]) as usize;
        if len > MAX_LEN {
            return Err(bad(&format!("a packet of {len} bytes, expected at most {MAX_LEN}")));
        }
        if input.len() < 4 + len {
            return Ok(None);
        }
        let mut payload = input.split_to(4 + len);
        payload.advance(4);
        if !self.is_started {
            return self.start(&payload, number).map(Some);
        }
        if number != 0 {
            return Err(bad(&format!("a command with the number {number}, expected 0")));
        }
        self.command(&payload).map(Some)
    }

    fn answer(&self, asked: &Asked, answer: &Answer) -> Option<Bytes> {
        reply::answer(asked, answer)
    }

    fn extra(&self, extra: &Extra) -> Option<Bytes> {
        reply::extra(extra, self.style)
    }

    fn boundaries(&self, reply: &[u8]) -> Vec<usize> {
        let (mut at, mut ends) = (0, Vec::new());
        while let Some([one, two, three, _]) = reply.get(at..at + 4) {
            ends.push(at + 4);
            at += 4 + u32::from_le_bytes([*one, *two, *three, 0]) as usize;
            ends.push(at);
        }
        ends.dedup();
        ends.retain(|end| *end < reply.len());
        ends
    }
}

fn bad(reason: &str) -> BadBytes {
    let reply = packet::numbered(&[packet::error(1043, "08S01", reason)], 1);
    BadBytes { reason: reason.to_owned(), reply }
}
