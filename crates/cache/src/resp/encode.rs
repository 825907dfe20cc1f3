//! Encoders: commands for a client, replies for the server.

use super::Reply;
use bytes::{BufMut, BytesMut};

/// Appends a command, as every client sends it: an array of bulk strings.
pub fn encode_command(out: &mut BytesMut, args: &[&[u8]]) {
    out.reserve(16 + args.iter().map(|arg| arg.len() + 16).sum::<usize>());
    write_array_header(out, args.len());
    for arg in args {
        write_bulk(out, arg);
    }
}

/// Appends a reply. Line ends within a status or an error become spaces, as in Redis.
pub fn encode_reply(out: &mut BytesMut, reply: &Reply) {
    match reply {
        Reply::Nil => write_nil(out),
        Reply::Simple(text) => write_line(out, b'+', text),
        Reply::Error(text) => write_error(out, text.as_bytes()),
        Reply::Int(number) => write_int(out, *number),
        Reply::Bulk(value) => write_bulk(out, value),
        Reply::Array(replies) => {
            write_array_header(out, replies.len());
            for reply in replies {
                encode_reply(out, reply);
            }
        }
    }
}

/// Appends the nil bulk string.
pub fn write_nil(out: &mut BytesMut) {
    out.put_slice(b"$-1\r\n");
}

/// Appends a number as a reply.
pub fn write_int(out: &mut BytesMut, number: i64) {
    write_header(out, b':', number);
}

/// Appends an error; `text` begins with its code, as in `ERR syntax error`.
pub fn write_error(out: &mut BytesMut, text: &[u8]) {
    write_line(out, b'-', text);
}

/// Appends a bulk string.
pub fn write_bulk(out: &mut BytesMut, value: &[u8]) {
    write_bulk_header(out, value.len());
    out.put_slice(value);
    out.put_slice(b"\r\n");
}

/// Appends the head of a bulk string, for a caller that appends `len` bytes and a line end itself.
pub fn write_bulk_header(out: &mut BytesMut, len: usize) {
    write_header(out, b'$', len as i64);
}

/// Appends the head of an array of `len` replies.
pub fn write_array_header(out: &mut BytesMut, len: usize) {
    write_header(out, b'*', len as i64);
}

fn write_line(out: &mut BytesMut, kind: u8, text: &[u8]) {
    out.put_u8(kind);
    // A line end in the text would end the reply early and shift all later replies.
    let start = out.len();
    out.put_slice(text);
    for byte in &mut out[start..] {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    out.put_slice(b"\r\n");
}

fn write_header(out: &mut BytesMut, kind: u8, number: i64) {
    // Filled from the back: kind, sign, at most 19 digits, line end.
    let mut line = [0; 23];
    line[21..].copy_from_slice(b"\r\n");
    let mut at = 21;
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        line[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        line[at] = b'-';
    }
    at -= 1;
    line[at] = kind;
    out.put_slice(&line[at..]);
}
