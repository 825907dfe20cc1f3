//! PostgreSQL.

use crate::postgres_client as pg;
use crate::talk;
use crate::talk::Talk;
use bytes::BytesMut;
use crosswire_protocol::{Answer, Dialect, ErrorKind, Extra, Received, What};

/// Begins a conversation, and ends the handshake.
fn started() -> Talk {
    let mut talk = talk(Dialect::Postgres);
    talk.model.items.insert("a".to_owned(), "a#1".to_owned());
    talk.hear(&pg::start()).expect("a start");
    talk
}

/// Describes the messages and their replies.
fn told(talk: &mut Talk, bytes: &[u8]) -> String {
    let heard = talk.hear(bytes).expect("messages");
    let lines = heard.iter().map(|(received, reply)| {
        let asked = match received {
            Received::Asked(asked) => format!("asked {:?} {asked}", asked.what),
            Received::Own(own) => format!("own {}", own.asked),
            Received::Silent(asked) => format!("silent {asked}"),
            other => format!("{other:?}"),
        };
        let reply = if reply.is_empty() { "(nothing)".to_owned() } else { pg::told(reply) };
        format!("{asked}\n    {reply}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_connection_begins() {
    let mut talk = talk(Dialect::Postgres);
    let ssl = [8_u32.to_be_bytes(), 80_877_103_u32.to_be_bytes()].concat();
    let heard = talk.hear(&[ssl, pg::start()].concat()).expect("a handshake");
    let replies = heard.iter().map(|(_, reply)| reply.escape_ascii().to_string());
    insta::assert_snapshot!(replies.collect::<Vec<_>>().join("\n"), @r"
    N
    R\x00\x00\x00\x08\x00\x00\x00\x00S\x00\x00\x00\x16application_name\x00\x00S\x00\x00\x00\x19client_encoding\x00UTF8\x00S\x00\x00\x00\x17DateStyle\x00ISO, MDY\x00S\x00\x00\x00\x19integer_datetimes\x00on\x00S\x00\x00\x00\x15is_superuser\x00off\x00S\x00\x00\x00\x19server_encoding\x00UTF8\x00S\x00\x00\x00\x18server_version\x0015.0\x00S\x00\x00\x00#standard_conforming_strings\x00on\x00S\x00\x00\x00\x11TimeZone\x00UTC\x00K\x00\x00\x00\x0c\x00\x00\x00\x01\x9e7y\xb9Z\x00\x00\x00\x05I
    ");
    let cancel = [16_u32, 80_877_102, 1, 0x9e37_79b9].map(u32::to_be_bytes).concat();
    let heard = self::talk(Dialect::Postgres).hear(&cancel).expect("a cancel request");
    assert_eq!(heard[0].0, Received::Cancel(Some(1)));
}

#[test]
fn a_reply_says_all_before_the_server_is_ready_again() {
    let mut talk = started();
    let heard = talk.hear(&pg::query("DELETE FROM items WHERE key = 'a'")).expect("a query");
    let reply = &heard[0].1;
    assert_eq!(&reply[talk.protocol.saying(reply)..], b"Z\0\0\0\x05I");
}

#[test]
fn simple_queries_and_their_replies() {
    let mut talk = started();
    let queries = [
        "SELECT value FROM items WHERE key = 'a'",
        "select key, value from items where key in ('a', 'b')",
        "INSERT INTO items (key, value) VALUES ('b', 'b#2')",
        "INSERT INTO items (key, value) VALUES ('b', 'x')",
        "BEGIN; UPDATE items SET value = 'v' WHERE key = 'b'; SELECT * FROM items WHERE key = 'b'; COMMIT",
        "DELETE FROM items WHERE key = 'b'",
        "SELECT 1; SELECT version()",
        "SHOW server_version",
        "SELECT oid, typname FROM pg_type",
        "",
        "NONSENSE",
    ];
    let lines = queries.map(|query| told(&mut talk, &pg::query(query)));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    asked Get Query a
        T(value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x01\x00\x00\x00\x03a#1) C(SELECT 1\x00) Z(I)
    asked GetMany Query a b
        T(key \x00\x01\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x02\x00\x00\x00\x01a\x00\x00\x00\x03a#1) C(SELECT 1\x00) Z(I)
    asked Set Query b
        C(INSERT 0 1\x00) Z(I)
    asked Set Query b
        E(ERROR 23505 duplicate key value violates unique constraint "items_pkey") Z(I)
    asked Batch Query b b
        C(BEGIN\x00) C(UPDATE 1\x00) T(key \x00\x01\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x02\x00\x00\x00\x01b\x00\x00\x00\x01v) C(SELECT 1\x00) C(COMMIT\x00) Z(I)
    asked Delete Query b
        C(DELETE 1\x00) Z(I)
    own Query
        T(?column? \x00\x00\x00\x00\x00\x17\x00\x04\xff\xff\xff\xff\x00\x00) D(\x00\x01\x00\x00\x00\x011) C(SELECT 1\x00) T(version \x00\x00\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x01\x00\x00\x00\x0fPostgreSQL 15.0) C(SELECT 1\x00) Z(I)
    own Query
        T(server_version \x00\x00\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x01\x00\x00\x00\x0415.0) C(SHOW\x00) Z(I)
    own Query
        T(oid \x00\x00\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, typname \x00\x00\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) C(SELECT 0\x00) Z(I)
    own Query
        I() Z(I)
    own Query
        E(ERROR 42601 syntax error at or near "nonsense") Z(I)
    "#);
}

#[test]
fn extended_queries_and_their_replies() {
    let mut talk = started();
    let get = "SELECT key, value FROM items WHERE key = $1";
    let prepare = [pg::parse("s", get), pg::describe(b'S', "s"), pg::message(b'H', b"")];
    let run = |key: &[u8]| [pg::bind("", "s", &[key]), pg::describe(b'P', ""), pg::execute("", 0)];
    let sync = pg::message(b'S', b"");
    let lines = [
        told(&mut talk, &prepare.concat()),
        told(&mut talk, &[run(b"a").concat(), sync.clone()].concat()),
        told(&mut talk, &[run(b"a").concat(), run(b"b").concat(), sync.clone()].concat()),
        told(&mut talk, &[pg::bind("", "none", &[]), pg::execute("", 0), sync.clone()].concat()),
        told(
            &mut talk,
            &[pg::parse("", "BEGIN"), pg::bind("", "", &[]), pg::execute("", 0), sync].concat(),
        ),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    silent Parse
        (nothing)
    silent Describe
        (nothing)
    own Flush
        1() t(\x00\x01\x00\x00\x00\x19) T(key \x00\x01\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00)
    silent Bind
        (nothing)
    silent Describe
        (nothing)
    silent Execute
        (nothing)
    asked Get Sync a
        2() T(key \x00\x01\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x02\x00\x00\x00\x01a\x00\x00\x00\x03a#1) C(SELECT 1\x00) Z(I)
    silent Bind
        (nothing)
    silent Describe
        (nothing)
    silent Execute
        (nothing)
    silent Bind
        (nothing)
    silent Describe
        (nothing)
    silent Execute
        (nothing)
    asked Batch Sync a b
        2() T(key \x00\x01\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) D(\x00\x02\x00\x00\x00\x01a\x00\x00\x00\x03a#1) C(SELECT 1\x00) 2() T(key \x00\x01\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00, value \x00\x02\x00\x00\x00\x19\xff\xff\xff\xff\xff\xff\x00\x00) C(SELECT 0\x00) Z(I)
    silent Bind
        (nothing)
    silent skipped
        (nothing)
    own Sync
        E(ERROR 26000 prepared statement "none" does not exist) Z(I)
    silent Parse
        (nothing)
    silent Bind
        (nothing)
    silent Execute
        (nothing)
    own Sync
        1() 2() C(BEGIN\x00) Z(T)
    "#);
}

#[test]
fn an_error_ends_a_batch() {
    let mut talk = started();
    let run = |key: &str| {
        let text = format!("SELECT value FROM items WHERE key = '{key}'");
        [pg::parse("", &text), pg::bind("", "", &[]), pg::execute("", 0)].concat()
    };
    let bytes = [run("a"), run("b"), pg::message(b'S', b"")].concat();
    let mut input = BytesMut::from(&bytes[..]);
    let asked = loop {
        match talk.protocol.receive(&mut input).expect("messages") {
            Some(Received::Asked(asked)) => break asked,
            Some(Received::Silent(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((asked.what, asked.parts.len()), (What::Batch, 2));
    let error = |kind| Answer::Error(kind, "a#1".to_owned());
    let kinds = [ErrorKind::Refused, ErrorKind::ReadOnly, ErrorKind::Busy, ErrorKind::NoAuth];
    let mut lines = kinds
        .map(|kind| pg::told(&talk.protocol.answer(&asked, &error(kind)).expect("an error")))
        .to_vec();
    let second = Answer::Many(vec![Answer::Nil, error(ErrorKind::Refused)]);
    lines.push(pg::told(&talk.protocol.answer(&asked, &second).expect("an error")));
    insta::assert_snapshot!(lines.join("\n"), @r"
    1() 2() E(ERROR P0001 a#1) Z(I)
    1() 2() E(ERROR 25006 a#1) Z(I)
    1() 2() E(ERROR 53300 a#1) Z(I)
    1() 2() E(ERROR 42501 a#1) Z(I)
    1() 2() C(SELECT 0\x00) 1() 2() E(ERROR P0001 a#1) Z(I)
    ");
    let moved = ErrorKind::Moved { slot: 1, address: "127.0.0.1:1".to_owned() };
    assert_eq!(talk.protocol.answer(&asked, &error(moved)), None);
}

#[test]
fn extras_and_boundaries() {
    let mut talk = started();
    let ready = talk.protocol.extra(&Extra::Ready).expect("PostgreSQL has it");
    assert_eq!(&ready[..], b"Z\0\0\0\x05I");
    let heard = talk.hear(&pg::query("SELECT value FROM items WHERE key = 'a'")).expect("a query");
    let reply = &heard[0].1;
    let ends = talk.protocol.boundaries(reply);
    assert_eq!(ends.len(), 2 * pg::split(reply).expect("messages").len() - 1);
    let rows = pg::split(reply).expect("messages").into_iter().find(|(kind, _)| *kind == b'D');
    assert_eq!(rows, Some((b'D', &b"\0\x01\0\0\0\x03a#1"[..])));
}
