//! The codec against itself cut into pieces, against `redis-protocol`, and a command's whole path
//! through codec and store.

use bytes::{Bytes, BytesMut};
use crosswire_cache::{
    resp::{self, Command, Reply, RespError, decode_command, decode_reply},
    store::{Session, Store},
};
use proptest::{collection::vec, prelude::*};
use redis_protocol::resp2::{
    decode::decode_bytes_mut, encode::extend_encode, types::BytesFrame, types::Resp2Frame,
};

/// Feeds `stream` in pieces that end at `cuts`, and decodes all complete messages after each.
fn decode_pieces<T>(
    stream: &[u8],
    cuts: &[usize],
    decode: impl Fn(&mut BytesMut) -> Result<Option<T>, RespError>,
) -> Result<Vec<T>, RespError> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    let mut buf = BytesMut::new();
    let mut taken = Vec::new();
    for piece in cuts.windows(2) {
        buf.extend_from_slice(&stream[piece[0]..piece[1]]);
        while let Some(message) = decode(&mut buf)? {
            taken.push(message);
        }
    }
    assert!(buf.is_empty(), "{} bytes are left", buf.len());
    Ok(taken)
}

fn bytes() -> impl Strategy<Value = Bytes> {
    // Line ends, kinds and digits within a value are traps for a decoder.
    let byte = prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'$'), Just(b'1')];
    vec(byte, 0..24).prop_map(Bytes::from)
}

fn reply() -> impl Strategy<Value = Reply> {
    let leaf = prop_oneof![
        Just(Reply::Nil),
        "[ -~]{0,12}".prop_map(|text| Reply::Simple(text.into())),
        "[A-Zäß -]{0,12}".prop_map(Reply::Error),
        any::<i64>().prop_map(Reply::Int),
        bytes().prop_map(Reply::Bulk),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| vec(inner, 0..4).prop_map(Reply::Array))
}

fn frame(reply: &Reply) -> BytesFrame {
    match reply {
        Reply::Nil => BytesFrame::Null,
        Reply::Simple(text) => BytesFrame::SimpleString(text.clone()),
        Reply::Error(text) => BytesFrame::Error(text.as_str().into()),
        Reply::Int(number) => BytesFrame::Integer(*number),
        Reply::Bulk(value) => BytesFrame::BulkString(value.clone()),
        Reply::Array(replies) => BytesFrame::Array(replies.iter().map(frame).collect()),
    }
}

proptest! {
    #[test]
    fn commands_decode_equally_however_the_stream_is_cut(
        commands in vec(vec(bytes(), 1..5), 1..6),
        cuts in vec(any::<usize>(), 0..12),
    ) {
        let mut stream = BytesMut::new();
        for command in &commands {
            let args: Vec<&[u8]> = command.iter().map(|arg| &arg[..]).collect();
            resp::encode_command(&mut stream, &args);
        }
        let taken = decode_pieces(&stream, &cuts, decode_command);
        let sent = commands.into_iter().map(|args| Command { args }).collect();
        prop_assert_eq!(taken, Ok(sent));
    }

    #[test]
    fn replies_decode_equally_however_the_stream_is_cut(
        replies in vec(reply(), 1..6),
        cuts in vec(any::<usize>(), 0..12),
    ) {
        let mut stream = BytesMut::new();
        for reply in &replies {
            resp::encode_reply(&mut stream, reply);
        }
        prop_assert_eq!(decode_pieces(&stream, &cuts, decode_reply), Ok(replies));
    }

    #[test]
    fn replies_are_encoded_as_by_redis_protocol(reply in reply()) {
        let (mut ours, mut theirs) = (BytesMut::new(), BytesMut::new());
        resp::encode_reply(&mut ours, &reply);
        let expected = frame(&reply);
        prop_assert_eq!(expected.encode_len(false), ours.len());
        extend_encode(&mut theirs, &expected, false).expect("a buffer that grows");
        prop_assert_eq!(&ours, &theirs);
        let (decoded, used, _) = decode_bytes_mut(&mut theirs).expect("RESP2").expect("whole");
        prop_assert_eq!((decoded, used), (expected, ours.len()));
    }

    #[test]
    fn an_unfinished_message_leaves_the_buffer_unchanged(reply in reply(), cut in any::<usize>()) {
        let mut whole = BytesMut::new();
        resp::encode_reply(&mut whole, &reply);
        let mut part = BytesMut::from(&whole[..cut % whole.len()]);
        let before = part.clone();
        prop_assert_eq!(decode_reply(&mut part), Ok(None));
        prop_assert_eq!(part, before);
    }

    #[test]
    fn junk_never_panics(junk in vec(any::<u8>(), 0..64), kind in 0_usize..5) {
        let mut stream = vec![b"+-:$*"[kind]];
        stream.extend(junk);
        let _ = decode_reply(&mut BytesMut::from(&stream[..]));
        let _ = decode_command(&mut BytesMut::from(&stream[..]));
    }

    #[test]
    fn a_number_survives_a_round_trip(number in any::<i64>()) {
        prop_assert_eq!(resp::parse_int(number.to_string().as_bytes()), Some(number));
    }
}

#[test]
fn numbers_are_as_strict_as_in_redis() {
    for text in ["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1.0", "9223372036854775808"] {
        assert_eq!(resp::parse_int(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(resp::parse_int(b"-9223372036854775808"), Some(i64::MIN));
}

#[test]
fn a_hostile_reply_is_an_error_before_it_takes_memory() {
    let deep = b"*1\r\n".repeat(100_000);
    let endless = [b"+".to_vec(), vec![b'x'; resp::MAX_LINE_LEN + 1]].concat();
    let table: &[(&[u8], &str)] = &[
        (b"*1048577\r\n", "a reply announces '*1048577'"),
        (b"$1048577\r\n", "a reply announces '$1048577'"),
        (b"$-2\r\n", "a reply announces '$-2'"),
        (b"*x\r\n", "a reply announces '*x'"),
        (b"%1\r\n", "a reply begins with '%'"),
        (b"$1\r\nabc", "a value of 1 bytes does not end in a line end"),
        (&deep, "arrays nest deeper than 32"),
        (&endless, "a line does not end"),
    ];
    for (stream, expected) in table {
        let got = decode_reply(&mut BytesMut::from(*stream));
        assert_eq!(got, Err(RespError::BadReply((*expected).to_owned())));
    }
    assert!(decode_reply(&mut BytesMut::from(&b":x\r\n"[..])).is_err());
}

/// Returns a server's answers on a fresh connection until it hangs up.
fn serve(stream: &[u8]) -> String {
    let (mut store, mut session) = (Store::new(0), Session::new(1));
    let (mut buf, mut out) = (BytesMut::from(stream), BytesMut::new());
    loop {
        match decode_command(&mut buf) {
            Ok(None) => break,
            Ok(Some(command)) => {
                if store.execute(1_000, &mut session, &command.args, &mut out).close {
                    out.extend_from_slice(b"<closed>");
                    break;
                }
            }
            Err(error) => {
                error.write_to(&mut out);
                out.extend_from_slice(b"<closed>");
                break;
            }
        }
    }
    out.escape_ascii().to_string()
}

/// The expected answers are redis-server 7.0.15's to the same bytes.
#[test]
fn requests_are_read_as_redis_reads_them() {
    let table: &[(&[u8], &str)] = &[
        (b"\r\n*0\r\n*-1\r\nPING\n", r"+PONG\r\n"),
        (b"*1\r\n$4\r\nPINGxyping\r\n", r"+PONG\r\n+PONG\r\n"),
        (b"SET a \"b\\x41\\n\" \r\nGET a\r\n", r"+OK\r\n$3\r\nbA\n\r\n"),
        (b"SET a 'b\\'c'\r\nGET a\r\n", r"+OK\r\n$3\r\nb\'c\r\n"),
        (b"ECHO \"\\q\\t\\\"\"\r\n", r#"$3\r\nq\t\"\r\n"#),
        (b"ECHO \"a\"b\r\n", r"-ERR Protocol error: unbalanced quotes in request\r\n<closed>"),
        (b"ECHO 'a\r\n", r"-ERR Protocol error: unbalanced quotes in request\r\n<closed>"),
        (b"*01\r\n", r"-ERR Protocol error: invalid multibulk length\r\n<closed>"),
        (b"*1048577\r\n", r"-ERR Protocol error: invalid multibulk length\r\n<closed>"),
        (b"*1\r\n$-1\r\n", r"-ERR Protocol error: invalid bulk length\r\n<closed>"),
        (b"*1\r\n$1048577\r\n", r"-ERR Protocol error: invalid bulk length\r\n<closed>"),
        (b"*1\r\n:5\r\n", r"-ERR Protocol error: expected \'$\', got \':\'\r\n<closed>"),
        (b"*1\r\n\xff\r\n", r"-ERR Protocol error: expected \'$\', got \'\xff\'\r\n<closed>"),
        (b"*1\r\n\r\n", r"-ERR Protocol error: expected \'$\', got \' \'\r\n<closed>"),
        (&b"a".repeat(65_537), r"-ERR Protocol error: too big inline request\r\n<closed>"),
        (
            &[&b"a".repeat(90_000)[..], b"\r\n"].concat(),
            r"-ERR Protocol error: too big inline request\r\n<closed>",
        ),
        (b"*1\r\n$0\r\n\r\n", r"-ERR unknown command \'\', with args beginning with: \r\n"),
        (b"POST / HTTP/1.1\r\nPING\r\n", "<closed>"),
        (b"QUIT\r\nPING\r\n", r"+OK\r\n<closed>"),
    ];
    for (stream, expected) in table {
        let shown = stream[..stream.len().min(40)].escape_ascii();
        assert_eq!(serve(stream), *expected, "{shown}");
    }
    for (head, what) in [("*", "mbulk"), ("*1\r\n$", "bulk")] {
        let stream = [head.as_bytes(), &b"1".repeat(65_537)].concat();
        let expected = format!(r"-ERR Protocol error: too big {what} count string\r\n<closed>");
        assert_eq!(serve(&stream), expected);
    }
}
