//! Properties of every protocol: bytes may arrive in any pieces, and may be anything.

use bytes::BytesMut;
use crosswire_protocol::{Answer, Asked, BadBytes, Dialect, ErrorKind, Protocol, Received};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Messages of clients, for each protocol.
fn samples(dialect: Dialect) -> Vec<Vec<u8>> {
    let lines: &[&[u8]] = match dialect {
        Dialect::Resp2 | Dialect::Resp3 => &[
            b"GET a\r\n",
            b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nv\r\n$1\r\n",
            b"*2\r\n$4\r\nMGET\r\n$1\r\nb\r\n",
            b"MULTI\r\n",
            b"EXEC\r\n",
            b"HELLO 3\r\n",
            b"SUBSCRIBE a b\r\n",
            b"BLPOP a 0\r\n",
            b"CLIENT REPLY SKIP\r\n",
            b"CLIENT REPLY OFF\r\n",
            b"*1\r\n:1\r\n",
            b"QUIT\r\n",
        ],
        Dialect::Memcached => &[
            b"get a\r\n",
            b"gets a b\r\n",
            b"set a 0 0 5\r\nv\r\n#1\r\n",
            b"add a 0 0 1 noreply\r\nv\r\n",
            b"set a 0 0 2000000\r\n",
            b"incr n 2\r\n",
            b"delete a\r\n",
            b"mg a v k O7 q\r\n",
            b"mg YSBi b k v\r\n",
            b"ms a 3 q O8\r\nabc\r\n",
            b"ma n D2 v\r\n",
            b"md a q\r\n",
            b"mn\r\n",
            b"nonsense\n",
        ],
        Dialect::Http1 => &[
            b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            b"HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n",
            b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nv\r\n\r\n",
            b"PUT /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            b"PUT /b HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            b"DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n",
            b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            b"GET /a HTTP/1.1\r\n\r\n",
            b"PATCH /a HTTP/1.1\r\nHost: h\r\n\r\n",
        ],
        Dialect::Postgres => return postgres_samples(),
        Dialect::MySql => return mysql_samples(),
    };
    lines.iter().map(|line| line.to_vec()).collect()
}

fn postgres_samples() -> Vec<Vec<u8>> {
    use crate::postgres_client as pg;
    let get = "SELECT key, value FROM items WHERE key = $1";
    vec![
        pg::start(),
        pg::query("SELECT value FROM items WHERE key = 'a'; BEGIN; nonsense"),
        pg::query("INSERT INTO items (key, value) VALUES ('a', 'v')"),
        pg::parse("s", get),
        pg::describe(b'S', "s"),
        pg::bind("", "s", &[b"a"]),
        pg::describe(b'P', ""),
        pg::execute("", 0),
        pg::execute("", 1),
        pg::close(b'S', "s"),
        pg::message(b'H', b""),
        pg::message(b'S', b""),
        pg::message(b'X', b""),
    ]
}

fn mysql_samples() -> Vec<Vec<u8>> {
    use crate::mysql_client as mysql;
    vec![
        mysql::start(true),
        mysql::query("SELECT value FROM items WHERE `key` = 'a'; BEGIN; nonsense"),
        mysql::query("REPLACE INTO items (`key`, value) VALUES ('a', 'v')"),
        mysql::command(22, "SELECT `key`, value FROM items WHERE `key` = ?"),
        mysql::execute(1, &["a"]),
        mysql::execute(7, &[]),
        mysql::packet(0, &[25, 1, 0, 0, 0]),
        mysql::command(14, ""),
        mysql::command(2, "test"),
        mysql::command(31, ""),
        mysql::command(99, ""),
        mysql::command(1, ""),
    ]
}

/// Whole messages, with some bytes changed.
fn bytes(dialect: Dialect) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop_oneof![
        3 => Just(Vec::new()),
        1 => vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ];
    (vec(select(samples(dialect)), 0..12), changes).prop_map(move |(messages, changes)| {
        // Every conversation of these begins in the same way.
        let has_start = matches!(dialect, Dialect::Postgres | Dialect::MySql);
        let mut bytes = if has_start { samples(dialect).remove(0) } else { Vec::new() };
        bytes.extend(messages.concat());
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
        }
        bytes
    })
}

type Heard = (Vec<Received>, Option<BadBytes>, usize);

/// Returns the messages in some pieces, the error after them, and the number of bytes left over.
/// Heads of incomplete messages depend on the pieces, so they are left out.
fn hear(protocol: &mut dyn Protocol, pieces: &[&[u8]]) -> Heard {
    let (mut input, mut heard) = (BytesMut::new(), Vec::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let before = input.len();
            match protocol.receive(&mut input) {
                Ok(Some(Received::Begun(_))) => {
                    // Once only: otherwise this would never end.
                    let again = protocol.receive(&mut input);
                    assert_eq!(again, Ok(None));
                    break;
                }
                Ok(Some(received)) => {
                    assert!(input.len() < before, "{received:?} takes bytes");
                    heard.push(received);
                }
                Ok(None) => break,
                Err(bad) => return (heard, Some(bad), 0),
            }
        }
    }
    (heard, None, input.len())
}

/// Writes every answer to every message. None may panic, and boundaries lie within a reply.
fn answer_everything(protocol: &dyn Protocol, heard: &[Received]) {
    for received in heard {
        let asked = match received {
            Received::Asked(asked) | Received::Silent(asked) => asked,
            Received::Own(own) => &own.asked,
            _ => continue,
        };
        let usual = protocol.answer(asked, &asked.usual());
        assert!(usual.is_some() || !matches!(received, Received::Asked(_)), "{asked:?}");
        for answer in answers(asked) {
            let Some(reply) = protocol.answer(asked, &answer) else { continue };
            let ends = protocol.boundaries(&reply);
            assert!(ends.is_sorted_by(|a, b| a < b), "{ends:?}");
            assert!(ends.iter().all(|end| 0 < *end && *end < reply.len()), "{ends:?}");
        }
    }
}

fn answers(asked: &Asked) -> Vec<Answer> {
    let text = || "a#1".to_owned();
    let address = || "127.0.0.1:7001".to_owned();
    vec![
        Answer::Values(vec![Some(text()); asked.keys.len()]),
        Answer::Values(Vec::new()),
        Answer::Nil,
        Answer::Done,
        Answer::NotDone,
        Answer::Number(-7),
        Answer::Empty,
        Answer::Nested(text()),
        Answer::OtherType,
        Answer::Many(Vec::new()),
        Answer::Many(asked.parts.iter().map(Asked::usual).collect()),
        Answer::Error(ErrorKind::Refused, text()),
        Answer::Error(ErrorKind::Moved { slot: 7, address: address() }, text()),
    ]
}

proptest! {
    #[test]
    fn any_pieces_give_the_same_messages(
        (dialect, bytes, cuts) in select(Dialect::ALL.to_vec())
            .prop_flat_map(|dialect| (Just(dialect), bytes(dialect)))
            .prop_flat_map(|(dialect, bytes)| {
                let places: Vec<usize> = (0..bytes.len()).collect();
                let most = places.len().min(6);
                (Just(dialect), Just(bytes), subsequence(places, 0..=most))
            })
    ) {
        let mut whole = dialect.open(1);
        let expected = hear(&mut *whole, &[&bytes]);
        answer_everything(&*whole, &expected.0);
        let (mut pieces, mut from) = (Vec::new(), 0);
        for to in cuts.into_iter().chain([bytes.len()]) {
            pieces.push(&bytes[from..to]);
            from = to;
        }
        let found = hear(&mut *dialect.open(1), &pieces);
        prop_assert_eq!(&expected, &found);
        let single: Vec<_> = bytes.chunks(1).collect();
        prop_assert_eq!(&expected, &hear(&mut *dialect.open(1), &single));
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_waited_for(
        dialect in select(Dialect::ALL.to_vec()),
        bytes in vec(any::<u8>(), 0..200),
    ) {
        let mut protocol = dialect.open(1);
        let heard = hear(&mut *protocol, &[&bytes]);
        answer_everything(&*protocol, &heard.0);
    }
}

#[test]
fn every_protocol_says_what_it_lacks() {
    let table = Dialect::ALL.map(|dialect| format!("{dialect}: {:?}", dialect.lacks()));
    insta::assert_snapshot!(table.join("\n"), @r#"
    resp2: Lacks { commands: [Batch], answers: [], errors: ["cancelled"], extras: ["invalidation", "notice", "parameter", "ready", "time-out"] }
    resp3: Lacks { commands: [Batch], answers: [], errors: ["cancelled"], extras: ["notice", "parameter", "ready", "time-out"] }
    memcached: Lacks { commands: [Begin, Watch, Subscribe, BlockingPop, Batch, Select], answers: ["number", "nested"], errors: ["READONLY", "LOADING", "cancelled", "MOVED", "ASK"], extras: ["invalidation", "message", "notice", "parameter", "ready", "time-out"] }
    http1: Lacks { commands: [GetMany, Increment, Begin, Watch, Subscribe, BlockingPop, Batch, Select], answers: ["nested"], errors: ["cancelled"], extras: ["invalidation", "message", "notice", "parameter", "ready"] }
    postgres: Lacks { commands: [Increment, Begin, Watch, Subscribe, BlockingPop, Select], answers: ["number", "nested"], errors: ["MOVED", "ASK"], extras: ["invalidation"] }
    mysql: Lacks { commands: [Increment, Begin, Watch, Subscribe, BlockingPop], answers: ["number", "nested"], errors: ["LOADING", "cancelled", "MOVED", "ASK"], extras: ["invalidation", "message", "notice", "parameter"] }
    "#);
}

/// What a protocol says that its clients can send is what is received.
#[test]
fn every_command_of_a_protocol_is_received() {
    let more =
        b"INCR n\r\nDEL a\r\nMULTI\r\nDISCARD\r\nWATCH a\r\nSELECT 1\r\nPING\r\nMGET a b\r\n";
    for dialect in Dialect::ALL {
        let mut bytes = samples(dialect);
        bytes.retain(|message| !message.starts_with(b"CLIENT") && !message.starts_with(b"*1"));
        bytes.retain(|message| !message.ends_with(b" 2000000\r\n"));
        match dialect {
            Dialect::Resp2 | Dialect::Resp3 => bytes.push(more.to_vec()),
            Dialect::Postgres => {
                let sql = "DELETE FROM items WHERE key = 'a'";
                let many = "SELECT value FROM items WHERE key IN ('a', 'b')";
                let get = "SELECT value FROM items WHERE key = 'a'";
                let queries = [get, sql, many, &format!("{sql};{many}")];
                bytes.splice(1..1, queries.map(crate::postgres_client::query));
            }
            Dialect::MySql => {
                let sql = "DELETE FROM items WHERE `key` = 'a'";
                let many = "SELECT value FROM items WHERE `key` IN ('a', 'b')";
                let queries = [sql, many, &format!("{sql};{many}")];
                bytes.splice(1..1, queries.map(crate::mysql_client::query));
            }
            Dialect::Memcached | Dialect::Http1 => {}
        }
        let (heard, bad, _) = hear(&mut *dialect.open(1), &[&bytes.concat()]);
        let found = |what| {
            heard.iter().any(|received| match received {
                Received::Asked(asked) => asked.what == what,
                Received::Own(own) => own.asked.what == what,
                _ => false,
            })
        };
        for what in dialect.commands() {
            assert!(found(*what), "{dialect}: no {what:?}, {bad:?}");
        }
    }
}
