//! RESP2 and RESP3.

use crate::talk;
use crate::told::told;
use bytes::{Bytes, BytesMut};
use crosswire_protocol::{Answer, Asked, Dialect, ErrorKind, Extra, Protocol, Received};
use redis_protocol::resp3::decode::complete::decode;
use redis_protocol::resp3::types::OwnedFrame;

/// Returns the first command in some bytes.
fn first(protocol: &mut dyn Protocol, bytes: &[u8]) -> Asked {
    match protocol.receive(&mut BytesMut::from(bytes)) {
        Ok(Some(Received::Asked(asked))) => asked,
        other => panic!("{other:?}"),
    }
}

#[test]
fn commands_and_their_replies() {
    let mut talk = talk(Dialect::Resp2);
    insta::assert_snapshot!(told(&mut talk, b"SET a a#1\r\nGET a\r\nMGET a b\r\nset a x nx px 10\r\nINCR n\r\n\
        INCRBY a 2\r\nDEL a b\r\nBLPOP q 1\r\nSUBSCRIBE c d\r\nPING\r\nSELECT 3\r\nHELLO 3\r\nINFO\r\n\
        NONSENSE\r\nQUIT\r\n"), @r"
    asked Set: SET a = a#1
        +OK\r\n
    asked Get: GET a
        $3\r\na#1\r\n
    asked GetMany: MGET a b
        *2\r\n$3\r\na#1\r\n$-1\r\n
    asked Set: SET a = x
        $-1\r\n
    asked Increment: INCR n = 1
        :1\r\n
    asked Increment: INCRBY a = 2
        -ERR value is not an integer or out of range\r\n
    asked Delete: DEL a b
        :1\r\n
    asked BlockingPop: BLPOP q
        *-1\r\n
    asked Subscribe: SUBSCRIBE c d
        *3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nd\r\n:2\r\n
    own Housekeeping: PING
        +PONG\r\n
    own Handshake: SELECT
        +OK\r\n
    own Handshake: HELLO
        -NOPROTO unsupported protocol version\r\n
    own Housekeeping: INFO
        $93\r\n# Server\r\nredis_version:7.4.0\r\nredis_mode:standalone\r\nloading:0\r\n# Replication\r\nrole:master\r\n\r\n
    own Housekeeping: NONSENSE
        -ERR unknown command \'NONSENSE\', with args beginning with: \r\n
    bye
        +OK\r\n
    ");
}

#[test]
fn a_transaction_queues_and_runs() {
    insta::assert_snapshot!(told(&mut talk(Dialect::Resp2), b"WATCH a\r\nMULTI\r\nSET a v\r\nGET a\r\nPING\r\nMULTI\r\n\
        EXEC\r\nEXEC\r\nMULTI\r\nGET\r\nEXEC\r\nMULTI\r\nDISCARD\r\n"), @r#"
    asked Watch: WATCH a
        +OK\r\n
    asked Begin: MULTI
        +OK\r\n
    asked Set: SET a = v queued
        +QUEUED\r\n
    asked Get: GET a queued
        +QUEUED\r\n
    own Housekeeping: PING
        +QUEUED\r\n
    own Housekeeping: MULTI
        -ERR MULTI calls can not be nested\r\n
    asked Exec: EXEC a a ["SET a", "GET a", "PING"]
        *3\r\n+OK\r\n$1\r\nv\r\n+PONG\r\n
    own Housekeeping: EXEC
        -ERR EXEC without MULTI\r\n
    asked Begin: MULTI
        +OK\r\n
    own Housekeeping: GET
        -ERR wrong number of arguments for \'get\' command\r\n
    own Housekeeping: EXEC
        -EXECABORT Transaction discarded because of previous errors.\r\n
    asked Begin: MULTI
        +OK\r\n
    asked Discard: DISCARD
        +OK\r\n
    "#);
}

#[test]
fn a_client_may_ask_not_to_be_answered() {
    insta::assert_snapshot!(told(&mut talk(Dialect::Resp2), b"CLIENT REPLY SKIP\r\nGET a\r\nGET b\r\nCLIENT REPLY OFF\r\n\
        GET c\r\nPING\r\nCLIENT REPLY ON\r\nGET d\r\n"), @r"
    silent Other: CLIENT REPLY
        (nothing)
    silent Get: GET a
        (nothing)
    asked Get: GET b
        $-1\r\n
    silent Other: CLIENT REPLY
        (nothing)
    silent Get: GET c
        (nothing)
    silent Ping: PING
        (nothing)
    own Housekeeping: CLIENT REPLY
        +OK\r\n
    asked Get: GET d
        $-1\r\n
    ");
}

#[test]
fn version_3_has_nulls_maps_and_pushes() {
    let mut talk = talk(Dialect::Resp3);
    insta::assert_snapshot!(told(&mut talk, b"GET a\r\nHELLO 3\r\nGET a\r\nCLIENT GETNAME\r\nCLIENT TRACKING ON\r\n\
        SUBSCRIBE c\r\nRESET\r\nGET a\r\n"), @r"
    asked Get: GET a
        $-1\r\n
    own Handshake: HELLO
        %7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.0\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n
    asked Get: GET a
        _\r\n
    own Handshake: CLIENT
        _\r\n
    own Handshake: CLIENT
        +OK\r\n
    asked Subscribe: SUBSCRIBE c
        >3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n
    own Housekeeping: RESET
        +RESET\r\n
    asked Get: GET a
        $-1\r\n
    ");
    let mut protocol = Dialect::Resp3.open(1);
    let keys = vec!["a".to_owned()];
    assert_eq!(protocol.extra(&Extra::Invalidate(keys.clone())), None);
    drop(protocol.receive(&mut BytesMut::from(&b"HELLO 3\r\n"[..])));
    let push = protocol.extra(&Extra::Invalidate(keys)).expect("version 3 has it");
    assert_eq!(push, &b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n"[..]);
}

#[test]
fn the_head_of_a_set_is_reported_once() {
    let mut talk = talk(Dialect::Resp2);
    assert_eq!(told(&mut talk, b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n"), "");
    insta::assert_snapshot!(told(&mut talk, b"$4\r\n"), @r"
    begun Set: SET a
        (nothing)
    ");
    assert_eq!(told(&mut talk, b"ab"), "");
    insta::assert_snapshot!(told(&mut talk, b"cd\r\nPING"), @r"
    asked Set: SET a = abcd
        +OK\r\n
    ");
}

#[test]
fn errors_have_the_codes_of_redis() {
    let mut protocol = Dialect::Resp2.open(1);
    let asked = first(&mut *protocol, b"GET a\r\n");
    let address = || "127.0.0.1:7001".to_owned();
    let kinds = [
        ErrorKind::Refused,
        ErrorKind::ReadOnly,
        ErrorKind::Loading,
        ErrorKind::Busy,
        ErrorKind::WrongType,
        ErrorKind::NoAuth,
        ErrorKind::Moved { slot: 7, address: address() },
        ErrorKind::Ask { slot: 7, address: address() },
    ];
    let lines = kinds.map(|kind| {
        let answer = Answer::Error(kind, "a#1".to_owned());
        protocol.answer(&asked, &answer).expect("an error").escape_ascii().to_string()
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    -ERR a#1\r\n
    -READONLY a#1\r\n
    -LOADING a#1\r\n
    -BUSY a#1\r\n
    -WRONGTYPE a#1\r\n
    -NOAUTH a#1\r\n
    -MOVED 7 127.0.0.1:7001\r\n
    -ASK 7 127.0.0.1:7001\r\n
    ");
}

/// `redis-protocol`, which the writer does not use, reads the seals again.
#[test]
fn another_parser_reads_the_seals() {
    let mut protocol = Dialect::Resp3.open(1);
    drop(protocol.receive(&mut BytesMut::from(&b"HELLO 3\r\n"[..])));
    let asked = first(&mut *protocol, b"MGET a b c\r\n");
    let values = vec![Some("a#1".to_owned()), None, Some("c#1".to_owned())];
    let reply = protocol.answer(&asked, &Answer::Values(values)).expect("a reply");
    let (frame, len) = decode(&reply).expect("RESP3").expect("a whole reply");
    assert_eq!(len, reply.len());
    let bulk = |text: &str| OwnedFrame::BlobString { data: text.into(), attributes: None };
    let data = vec![bulk("a#1"), OwnedFrame::Null, bulk("c#1")];
    assert_eq!(frame, OwnedFrame::Array { data, attributes: None });
    assert_eq!(protocol.boundaries(&reply), [4, 8, 13, 16, 20]);
}

#[test]
fn bytes_that_are_no_command_get_the_error_of_redis() {
    let mut protocol = Dialect::Resp2.open(1);
    let bad = protocol.receive(&mut BytesMut::from(&b"*1\r\n:3\r\n"[..])).expect_err("no command");
    assert_eq!(bad.reply, Bytes::from("-ERR Protocol error: expected '$', got ':'\r\n"));
}
