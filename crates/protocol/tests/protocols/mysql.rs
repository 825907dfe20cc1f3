//! MySQL.

use crate::mysql_client as mysql;
use crate::talk;
use crate::talk::Talk;
use crosswire_protocol::{Answer, Dialect, ErrorKind, Extra, Received};

/// Begins a conversation, and ends the handshake.
fn started(without_ends: bool) -> Talk {
    let mut talk = talk(Dialect::MySql);
    talk.model.items.insert("a".to_owned(), "a#1".to_owned());
    talk.hear(&mysql::start(without_ends)).expect("a handshake");
    talk
}

/// Describes the messages and their replies.
fn told(talk: &mut Talk, bytes: &[u8]) -> String {
    let heard = talk.hear(bytes).expect("packets");
    let lines = heard.iter().map(|(received, reply)| {
        let asked = match received {
            Received::Asked(asked) => format!("asked {:?} {asked}", asked.what),
            Received::Own(own) => format!("own {:?} {}", own.kind, own.asked),
            Received::Silent(asked) => format!("silent {asked}"),
            other => format!("{other:?}"),
        };
        let reply = if reply.is_empty() { "(nothing)".to_owned() } else { mysql::told(reply) };
        format!("{asked}\n    {reply}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_connection_begins() {
    let mut talk = talk(Dialect::MySql);
    let greeting = talk.protocol.greeting().expect("the server speaks first");
    let heard = talk.hear(&mysql::start(true)).expect("a handshake");
    let texts = [greeting.reply.escape_ascii().to_string(), heard[0].1.escape_ascii().to_string()];
    insta::assert_snapshot!(texts.join("\n"), @r"
    J\x00\x00\x00\n8.0.40\x00\x01\x00\x00\x00crosswir\x00\x0f\xa2-\x02\x00?\x01\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00e-crosswire-\x00mysql_native_password\x00
    \x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00
    ");
}

#[test]
fn queries_and_their_results() {
    let mut talk = started(true);
    let queries = [
        "SELECT value FROM items WHERE `key` = 'a'",
        "select `key`, value from items where `key` in ('a', \"b\")",
        "INSERT INTO items (`key`, value) VALUES ('b', 'b#2')",
        "INSERT INTO items (`key`, value) VALUES ('b', 'x')",
        "REPLACE INTO items (`key`, value) VALUES ('b', 'it\\'s')",
        "BEGIN; SELECT value FROM items WHERE `key` = 'b'; SELECT 1; COMMIT",
        "DELETE FROM items WHERE `key` = 'b'",
        "SELECT @@version_comment LIMIT 1",
        "SHOW VARIABLES",
        "",
        "NONSENSE",
    ];
    let mut lines = queries.map(|text| told(&mut talk, &mysql::query(text))).to_vec();
    lines.push(told(&mut talk, &mysql::command(14, "")));
    lines.push(told(&mut talk, &mysql::command(2, "test")));
    lines.push(told(&mut talk, &mysql::command(1, "")));
    insta::assert_snapshot!(lines.join("\n"), @r#"
    asked Get COM_QUERY a
        1:\x01 2:(value 253) 3:\x03a#1 4:END 2
    asked GetMany COM_QUERY a b
        1:\x02 2:(key 253) 3:(value 253) 4:\x01a\x03a#1 5:END 2
    asked Set COM_QUERY b
        1:OK 1 2
    asked Set COM_QUERY b
        1:ERR 1062 23000Duplicate entry 'b' for key 'PRIMARY'
    asked Set COM_QUERY b
        1:OK 1 2
    asked Get COM_QUERY b
        1:OK 0 11 2:\x01 3:(value 253) 4:\x04it\'s 5:END 11 6:\x01 7:(1 3) 8:\x011 9:END 11 10:OK 0 2
    asked Delete COM_QUERY b
        1:OK 1 2
    own Housekeeping COM_QUERY
        1:\x01 2:(@@version_comment 253) 3:\tCrosswire 4:END 2
    own Housekeeping COM_QUERY
        1:\x02 2:(variable_name 253) 3:(value 253) 4:END 2
    own Housekeeping COM_QUERY
        1:ERR 1065 42000Query was empty
    own Housekeeping COM_QUERY
        1:ERR 1064 42000
    own Housekeeping COM_PING
        1:OK 0 2
    own Handshake COM_INIT_DB
        1:OK 0 2
    Bye(b"")
        (nothing)
    "#);
}

#[test]
fn prepared_statements_and_their_results() {
    let mut talk = started(false);
    let get = "SELECT `key`, value FROM items WHERE `key` = ?";
    let lines = [
        told(&mut talk, &mysql::command(22, get)),
        told(&mut talk, &mysql::execute(1, &["a"])),
        told(&mut talk, &mysql::execute(1, &["b"])),
        told(&mut talk, &mysql::execute(7, &["b"])),
        told(&mut talk, &mysql::packet(0, &[25, 1, 0, 0, 0])),
        told(&mut talk, &mysql::execute(1, &["a"])),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    own Housekeeping COM_STMT_PREPARE
        1:PREPARED 2 1 2:(?) 3:EOF 2 4:(key 253) 5:(value 253) 6:EOF 2
    asked Get COM_STMT_EXECUTE a
        1:\x02 2:(key 253) 3:(value 253) 4:EOF 2 5:\x00\x00\x01a\x03a#1 6:EOF 2
    asked Get COM_STMT_EXECUTE b
        1:\x02 2:(key 253) 3:(value 253) 4:EOF 2 5:EOF 2
    own Housekeeping COM_STMT_EXECUTE
        1:ERR 1243 HY000Unknown prepared statement handler (7) given to mysqld_stmt_execute
    silent COM_STMT_CLOSE
        (nothing)
    own Housekeeping COM_STMT_EXECUTE
        1:ERR 1243 HY000Unknown prepared statement handler (1) given to mysqld_stmt_execute
    ");
}

#[test]
fn errors_and_extras() {
    let mut talk = started(true);
    let heard =
        talk.hear(&mysql::query("SELECT value FROM items WHERE `key` = 'a'")).expect("a query");
    let Received::Asked(asked) = &heard[0].0 else { panic!("{heard:?}") };
    let error = |kind| Answer::Error(kind, "a#1".to_owned());
    let kinds = [ErrorKind::Refused, ErrorKind::ReadOnly, ErrorKind::Busy, ErrorKind::NoAuth];
    let mut lines = kinds
        .map(|kind| mysql::told(&talk.protocol.answer(asked, &error(kind)).expect("an error")))
        .to_vec();
    let extra = Extra::Value("a".to_owned(), "a#9".to_owned());
    lines.push(mysql::told(&talk.protocol.extra(&extra).expect("MySQL has it")));
    insta::assert_snapshot!(lines.join("\n"), @r"
    1:ERR 1105 HY000a#1
    1:ERR 1290 HY000a#1
    1:ERR 1040 08004a#1
    1:ERR 1142 42000a#1
    1:\x02 2:(key 253) 3:(value 253) 4:\x01a\x03a#9 5:END 2
    ");
    assert_eq!(talk.protocol.answer(asked, &error(ErrorKind::Loading)), None);
}

/// A reader that shares no code with the writer finds the seals again, in both formats.
#[test]
fn another_reader_finds_the_seals() {
    let mut talk = started(true);
    let text =
        talk.hear(&mysql::query("SELECT value FROM items WHERE `key` = 'a'")).expect("a query");
    let packets = mysql::split(&text[0].1).expect("packets");
    assert_eq!(packets[2], (3, &b"\x03a#1"[..]));
    talk.hear(&mysql::command(22, "SELECT value FROM items WHERE `key` = ?")).expect("a statement");
    let binary = talk.hear(&mysql::execute(1, &["a"])).expect("an execution");
    let packets = mysql::split(&binary[0].1).expect("packets");
    assert_eq!(packets[2], (3, &b"\0\0\x03a#1"[..]));
    let ends = talk.protocol.boundaries(&binary[0].1);
    assert_eq!(ends.len(), 2 * packets.len() - 1);
}
