//! Packets and their fields.

use crate::form::Style;
use bytes::{BufMut, Bytes, BytesMut};

/// The longest packet.
pub(super) const MAX_LEN: usize = 1024 * 1024 + 1024;

/// The status of a session that is not in a transaction.
pub(super) const AUTOCOMMIT: u16 = 2;
/// The status within a transaction.
pub(super) const IN_TRANSACTION: u16 = 1;
/// The status before another result of the same query.
const MORE_RESULTS: u16 = 8;

/// The type of a text.
pub(super) const TEXT: u8 = 0xfd;

/// The character set `utf8mb4`.
const UTF8: u16 = 45;

/// Numbers packets, from `first`, and puts a header before each.
pub(super) fn numbered(packets: &[Bytes], first: u8) -> Bytes {
    let mut out = BytesMut::new();
    for (nth, packet) in packets.iter().enumerate() {
        out.put_uint_le(packet.len() as u64, 3);
        out.put_u8(first.wrapping_add(nth as u8));
        out.put_slice(packet);
    }
    out.freeze()
}

/// Appends a number in the length of its size.
pub(super) fn int(out: &mut BytesMut, number: u64) {
    match number {
        0..=250 => out.put_u8(number as u8),
        251..=0xffff => {
            out.put_u8(0xfc);
            out.put_u16_le(number as u16);
        }
        0x1_0000..=0xff_ffff => {
            out.put_u8(0xfd);
            out.put_uint_le(number, 3);
        }
        _ => {
            out.put_u8(0xfe);
            out.put_u64_le(number);
        }
    }
}

/// Appends a text with its length.
pub(super) fn text(out: &mut BytesMut, text: &str) {
    int(out, text.len() as u64);
    out.put_slice(text.as_bytes());
}

/// Returns the packet that says that a command is carried out.
pub(super) fn ok(affected: u64, status: u16) -> Bytes {
    end_or_ok(0, affected, status)
}

fn end_or_ok(header: u8, affected: u64, status: u16) -> Bytes {
    let mut out = BytesMut::new();
    out.put_u8(header);
    int(&mut out, affected);
    out.put_u8(0);
    out.put_u16_le(status);
    out.put_u16_le(0);
    out.freeze()
}

/// Returns an error with its code and its state.
pub(super) fn error(code: u16, state: &str, message: &str) -> Bytes {
    let mut out = BytesMut::new();
    out.put_u8(0xff);
    out.put_u16_le(code);
    out.put_u8(b'#');
    out.put_slice(state.as_bytes());
    out.put_slice(message.as_bytes());
    out.freeze()
}

/// Returns the end of a list of columns, which a client that wants no such packets does not get.
pub(super) fn columns_end(style: Style, status: u16) -> Option<Bytes> {
    if style.without_ends { None } else { Some(old_end(status)) }
}

fn old_end(status: u16) -> Bytes {
    let mut out = BytesMut::from(&[0xfe, 0, 0][..]);
    out.put_u16_le(status);
    out.freeze()
}

/// Returns the description of a column.
pub(super) fn column(name: &str, table: &str, kind: u8) -> Bytes {
    let mut out = BytesMut::new();
    let schema = if table.is_empty() { "" } else { "test" };
    for field in ["def", schema, table, table, name, if table.is_empty() { "" } else { name }] {
        text(&mut out, field);
    }
    out.put_u8(0x0c);
    out.put_u16_le(if kind == TEXT { UTF8 } else { 63 });
    out.put_u32_le(1_020);
    out.put_u8(kind);
    out.put_u16_le(0);
    out.put_slice(&[0, 0, 0]);
    out.freeze()
}

impl Style {
    /// Returns the status to report.
    pub(super) fn reported(self) -> u16 {
        if self.has_more { self.status | MORE_RESULTS } else { self.status }
    }
}

/// Returns a result with rows.
pub(super) fn rows(columns: &[Bytes], rows: &[Vec<&str>], style: Style) -> Vec<Bytes> {
    let mut count = BytesMut::new();
    int(&mut count, columns.len() as u64);
    let mut packets = vec![count.freeze()];
    packets.extend_from_slice(columns);
    packets.extend(columns_end(style, style.reported()));
    for cells in rows {
        let mut out = BytesMut::new();
        if style.is_binary {
            // A head, and a bit for each column, of which none is set for NULL.
            out.put_bytes(0, 1 + (cells.len() + 9) / 8);
        }
        for cell in cells {
            text(&mut out, cell);
        }
        packets.push(out.freeze());
    }
    packets.push(if style.without_ends {
        end_or_ok(0xfe, 0, style.reported())
    } else {
        old_end(style.reported())
    });
    packets
}

/// The fields of a packet that a client has sent.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// Takes some bytes.
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// Takes a number of some bytes, at most eight.
    pub(super) fn number(&mut self, len: usize) -> Option<u64> {
        let bytes = self.take(len)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Takes a text with its length.
    pub(super) fn text(&mut self) -> Option<String> {
        let len = match self.byte()? {
            0xfc => self.number(2)?,
            0xfd => self.number(3)?,
            0xfe => self.number(8)?,
            len => u64::from(len),
        };
        let bytes = self.take(usize::try_from(len).ok()?)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}
