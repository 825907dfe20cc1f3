//! Arbitrary bytes, as a cache server and as a client read them.

use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{
    RespError, decode_command, decode_reply, encode_command, encode_reply,
};
use std::fmt::Debug;

/// Decodes the bytes as commands and as replies, whole and cut in two. Both ways give the same
/// messages, which are also the same after encoding and decoding. The first byte is the cut
/// position.
pub fn target(data: &[u8]) {
    let Some((&cut, bytes)) = data.split_first() else { return };
    let cut = usize::from(cut).min(bytes.len());
    for (command, written) in same(bytes, cut, decode_command) {
        let args: Vec<&[u8]> = command.args.iter().map(Bytes::as_ref).collect();
        let mut out = BytesMut::new();
        encode_command(&mut out, &args);
        assert_eq!(decode_command(&mut out), Ok(Some(command)), "{written}");
    }
    for (reply, written) in same(bytes, cut, decode_reply) {
        let mut out = BytesMut::new();
        encode_reply(&mut out, &reply);
        let first = out.clone();
        let again = decode_reply(&mut out).expect(&written).expect(&written);
        assert!(out.is_empty(), "{written}");
        // Line ends within a line become spaces, so compare the encoded bytes.
        encode_reply(&mut out, &again);
        assert_eq!(out, first, "{written}");
    }
}

/// Decodes the bytes, and checks that they give the same messages when they arrive in two parts.
/// Returns each message with its text.
fn same<T: Debug + PartialEq>(
    bytes: &[u8],
    cut: usize,
    decode: impl Fn(&mut BytesMut) -> Result<Option<T>, RespError>,
) -> Vec<(T, String)> {
    let whole = read(&[bytes], &decode);
    let (head, tail) = bytes.split_at(cut);
    assert_eq!(whole, read(&[head, tail], &decode), "cut at {cut}");
    whole.0
}

/// Returns all messages, each with its text, and the error after them, if there is one.
fn read<T: Debug>(
    pieces: &[&[u8]],
    decode: impl Fn(&mut BytesMut) -> Result<Option<T>, RespError>,
) -> (Vec<(T, String)>, Option<RespError>) {
    let (mut buffer, mut messages) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            let before = buffer.len();
            match decode(&mut buffer) {
                Ok(Some(message)) => {
                    let text = format!("{message:?}");
                    messages.push((message, text));
                }
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
            assert!(buffer.len() < before, "a message takes bytes");
        }
    }
    (messages, None)
}
