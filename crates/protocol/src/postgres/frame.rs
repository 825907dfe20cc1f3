//! Frames: what a client sends, read field by field, and what a server sends.

use bytes::{BufMut, BytesMut};

/// The type of a text.
pub(super) const TEXT: u32 = 25;
/// The type of a list of texts.
pub(super) const TEXTS: u32 = 1009;

/// Appends a frame: its kind, its length and what `body` writes.
pub(super) fn frame(out: &mut BytesMut, kind: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(kind);
    let start = out.len();
    out.put_u32(0);
    body(out);
    let len = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&len.to_be_bytes());
}

/// Appends a text and the zero after it. A zero within it would end it early.
pub(super) fn text(out: &mut BytesMut, text: &str) {
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.put_u8(0);
}

/// Appends the description of columns, each with its name, its number in the table, and its type.
pub(super) fn columns(out: &mut BytesMut, columns: &[(&str, u16, u32)], formats: &[u16]) {
    frame(out, b'T', |out| {
        out.put_u16(columns.len() as u16);
        for (nth, (name, number, kind)) in columns.iter().enumerate() {
            text(out, name);
            out.put_u32(if *number == 0 { 0 } else { 16_384 });
            out.put_u16(*number);
            out.put_u32(*kind);
            out.put_i16(match kind {
                16 => 1,
                19 => 64,
                23 | 2278 => 4,
                _ => -1,
            });
            out.put_i32(-1);
            out.put_u16(format(formats, nth));
        }
    });
}

/// Returns the format of a value: one format is for all.
pub(super) fn format(formats: &[u16], nth: usize) -> u16 {
    match formats {
        [] => 0,
        [all] => *all,
        each => each.get(nth).copied().unwrap_or(0),
    }
}

/// Appends a row.
pub(super) fn row(out: &mut BytesMut, values: &[Option<&str>]) {
    frame(out, b'D', |out| {
        out.put_u16(values.len() as u16);
        for value in values {
            match value {
                Some(value) => {
                    out.put_u32(value.len() as u32);
                    out.put_slice(value.as_bytes());
                }
                None => out.put_i32(-1),
            }
        }
    });
}

/// Appends the end of a statement.
pub(super) fn complete(out: &mut BytesMut, tag: &str) {
    frame(out, b'C', |out| text(out, tag));
}

/// Appends an error or a notice.
pub(super) fn error(out: &mut BytesMut, kind: u8, severity: &str, code: &str, message: &str) {
    frame(out, kind, |out| {
        for (field, value) in [(b'S', severity), (b'V', severity), (b'C', code), (b'M', message)] {
            out.put_u8(field);
            text(out, value);
        }
        out.put_u8(0);
    });
}

/// Appends that the server is ready for the next statement.
pub(super) fn ready(out: &mut BytesMut, status: u8) {
    frame(out, b'Z', |out| out.put_u8(status));
}

/// A value that a client has sent.
pub(super) enum Value<'a> {
    Null,
    Bytes(&'a [u8]),
}

/// The fields of a frame that a client has sent.
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

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Takes a text up to the zero after it.
    pub(super) fn text(&mut self) -> Option<String> {
        let len = self.0.iter().position(|byte| *byte == 0)?;
        let taken = self.take(len)?;
        self.take(1)?;
        Some(String::from_utf8_lossy(taken).into_owned())
    }

    /// Takes a count of numbers and the numbers.
    pub(super) fn numbers(&mut self) -> Option<Vec<u16>> {
        let count = self.u16()?;
        (0..count).map(|_| self.u16()).collect()
    }

    /// Takes a value with its length.
    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        match self.u32()? {
            u32::MAX => Some(Value::Null),
            len => Some(Value::Bytes(self.take(len as usize)?)),
        }
    }
}

/// Reads a list of texts, as a text such as `{a,b}` or in the binary format.
pub(super) fn list(value: &[u8], format: u16) -> Option<Vec<String>> {
    if format == 0 {
        let text = String::from_utf8_lossy(value);
        let inner = text.strip_prefix('{')?.strip_suffix('}')?;
        let items = inner.split(',').filter(|item| !item.is_empty());
        return Some(items.map(|item| item.trim_matches('"').to_owned()).collect());
    }
    let mut fields = Fields(value);
    let (dimensions, _has_nulls, _kind) = (fields.u32()?, fields.u32()?, fields.u32()?);
    if dimensions == 0 {
        return Some(Vec::new());
    }
    let (count, _lowest) = (fields.u32()?, fields.u32()?);
    if dimensions > 1 || count as usize > value.len() {
        return None;
    }
    let item = |_| match fields.value()? {
        Value::Bytes(item) => Some(String::from_utf8_lossy(item).into_owned()),
        Value::Null => None,
    };
    (0..count).map(item).collect()
}
