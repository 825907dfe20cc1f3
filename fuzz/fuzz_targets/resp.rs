//! Bytes from anywhere, as a server and as a client read them: whole or in two pieces they are
//! the same, and never a panic.
#![no_main]

use bytes::BytesMut;
use crosswire_cache::resp::{decode_command, decode_reply};
use libfuzzer_sys::fuzz_target;

fn commands(pieces: &[&[u8]]) -> Vec<String> {
    let (mut buffer, mut out) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decode_command(&mut buffer) {
                Ok(Some(command)) => out.push(format!("{:?}", command.args)),
                Ok(None) => break,
                Err(error) => {
                    out.push(error.to_string());
                    return out;
                }
            }
        }
    }
    out
}

fuzz_target!(|data: (u8, &[u8])| {
    let (cut, bytes) = data;
    let (head, tail) = bytes.split_at(usize::from(cut).min(bytes.len()));
    assert_eq!(commands(&[bytes]), commands(&[head, tail]));
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(_)) = decode_reply(&mut buffer) {}
});
