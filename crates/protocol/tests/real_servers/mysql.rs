//! MySQL's protocol next to MariaDB.

use crate::Connection;
use crate::mysql_client as mysql;
use crate::server::{Server, folder, program};
use crate::subject::{Request, Subject};
use crate::talk::Talk;
use crosswire_protocol::Dialect;
use proptest::collection::vec;
use proptest::prelude::*;
use std::process::{Command, Stdio};

/// MariaDB, for a client that wants `EOF` packets or not.
pub struct MySql {
    pub without_ends: bool,
}

const TABLE: &str = "CREATE TABLE test.items (`key` VARCHAR(100) PRIMARY KEY, value VARCHAR(255)) \
                     CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,4}#[0-9]{1,2}", Just(String::new()), Just("it\\'s".to_owned())]
}

fn statement() -> impl Strategy<Value = String> {
    let columns = prop::sample::select(vec!["value", "`key`, value", "*", "`key`", "value, `key`"]);
    let on = " ON DUPLICATE KEY UPDATE value = VALUES(value)";
    let end = prop::sample::select(vec!["", "", on]);
    prop_oneof![
        4 => (columns.clone(), key())
            .prop_map(|(columns, key)| format!("SELECT {columns} FROM items WHERE `key` = '{key}'")),
        2 => (columns, vec(key(), 1..3)).prop_map(|(columns, keys)| {
            let keys: Vec<_> = keys.iter().map(|key| format!("\"{key}\"")).collect();
            format!("select {columns}\nfrom items where `key` in ({}) order by `key`", keys.join(","))
        }),
        3 => (key(), value(), end).prop_map(|(key, value, end)| {
            format!("INSERT INTO items (`key`, value) VALUES ('{key}', '{value}'){end}")
        }),
        2 => (key(), value()).prop_map(|(key, value)| {
            format!("REPLACE INTO items (`key`, value) VALUES ('{key}', '{value}')")
        }),
        1 => key().prop_map(|key| format!("DELETE FROM items WHERE `key` = '{key}'")),
        1 => prop::sample::select(vec![
            "SET NAMES utf8mb4", "SELECT 1", "SELECT 'x' AS y", "BEGIN", "COMMIT", "START TRANSACTION", "",
            "nonsense", "SELECT DATABASE()",
        ]).prop_map(str::to_owned),
    ]
}

fn prepared() -> impl Strategy<Value = (String, Vec<String>)> {
    prop_oneof![
        3 => key().prop_map(|key| {
            ("SELECT `key`, value FROM items WHERE `key` = ?".to_owned(), vec![key.to_owned()])
        }),
        1 => (key(), key()).prop_map(|(one, two)| {
            let text = "SELECT value FROM items WHERE `key` IN (?, ?) ORDER BY `key`";
            (text.to_owned(), vec![one.to_owned(), two.to_owned()])
        }),
        1 => (key(), value()).prop_map(|(key, value)| {
            ("REPLACE INTO items (`key`, value) VALUES (?, ?)".to_owned(), vec![key.to_owned(), value])
        }),
        1 => key().prop_map(|key| {
            (format!("SELECT value FROM items WHERE `key` = '{key}'"), Vec::new())
        }),
    ]
}

/// Draws the requests of a connection.
fn requests() -> impl Strategy<Value = Vec<Request>> {
    let query = || statement().prop_map(|text| vec![mysql::query(&text)]);
    let simple = prop_oneof![
        6 => query(),
        1 => vec(statement(), 2..3).prop_map(|texts| {
            // What is empty ends a list of statements early.
            let texts: Vec<_> = texts.iter().filter(|text| !text.is_empty()).cloned().collect();
            vec![mysql::query(&texts.join(";"))]
        }),
        1 => Just(vec![mysql::command(14, "")]),
        1 => Just(vec![mysql::command(2, "test")]),
        1 => Just(vec![mysql::execute(u32::MAX / 2, &[])]),
    ];
    let requests = vec(prop_oneof![3 => simple.prop_map(Ok), 2 => prepared().prop_map(Err)], 1..12);
    requests.prop_map(|drawn| {
        // The statement prepared last: each server numbers statements in its own way.
        let (mut requests, statement) = (Vec::new(), u32::MAX);
        for one in drawn {
            match one {
                Ok(simple) => requests.extend(simple),
                Err((text, parameters)) => {
                    requests.push(mysql::command(22, &text));
                    let parameters: Vec<_> = parameters.iter().map(String::as_str).collect();
                    requests.push(mysql::execute(statement, &parameters));
                    requests.push(mysql::execute(statement, &parameters));
                }
            }
        }
        requests
    })
}

impl Subject for MySql {
    fn name(&self) -> String {
        let ends = if self.without_ends { "without" } else { "with" };
        format!("MySQL and MariaDB, {ends} EOF packets")
    }

    fn start(&self) -> Option<Server> {
        let (install, server) = (program("mariadb-install-db")?, program("mariadbd")?);
        let folder = folder();
        let path = folder.path().display();
        let data = format!("--datadir={path}/data");
        let mut init = Command::new(install);
        init.args([
            "--no-defaults",
            &data,
            "--auth-root-authentication-method=normal",
            "--user=root",
        ]);
        init.stdout(Stdio::null()).stderr(Stdio::null());
        assert!(init.status().expect("mariadb-install-db runs").success(), "it makes a database");
        let mut command = Command::new(server);
        command.args(["--no-defaults", &data, "--skip-networking", "--user=root"]);
        command.arg(format!("--socket={path}/socket"));
        command.args(["--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0"]);
        let server = Server::start(folder, "socket", &mut command);
        let mut line = server.dial();
        line.receive(|real| end(real, 0)).expect("a greeting");
        line.send(&without_database());
        line.receive(|real| end(real, 2)).expect("the end of the handshake");
        for text in ["CREATE DATABASE IF NOT EXISTS test", TABLE] {
            line.send(&mysql::query(text));
            line.receive(|real| end(real, 1)).expect("a table");
        }
        Some(server)
    }

    fn dialect(&self) -> Dialect {
        Dialect::MySql
    }

    fn sequence(&self) -> BoxedStrategy<Vec<Request>> {
        requests().boxed()
    }

    fn words(&self) -> &'static [&'static str] {
        &["COM_QUERY", "COM_PING", "COM_INIT_DB", "COM_STMT_PREPARE", "COM_STMT_EXECUTE"]
    }

    fn prepare(&self, line: &mut Connection) {
        line.receive(|real| end(real, 0)).expect("a greeting");
        line.send(&mysql::start(self.without_ends));
        line.receive(|real| end(real, 2)).expect("the end of the handshake");
        line.send(&mysql::query("DELETE FROM items"));
        line.receive(|real| end(real, 1)).expect("an empty table");
    }

    fn prepare_ours(&self, talk: &mut Talk) {
        talk.hear(&mysql::start(self.without_ends)).expect("a handshake");
    }

    fn sentinel(&self) -> &'static [u8] {
        b"\x01\0\0\0\x0e"
    }

    fn without_sentinel<'a>(&self, real: &'a [u8]) -> &'a [u8] {
        &real[..real.len() - b"\x07\0\0\x01ok12345".len()]
    }

    /// The reply to each command begins with a packet of number 1, and that to the sentinel is one.
    fn whole(&self, ours: &[u8], real: &[u8]) -> Option<usize> {
        let firsts =
            |packets: &[(u8, &[u8])]| packets.iter().filter(|(number, _)| *number == 1).count();
        let expected = firsts(&mysql::split(ours).expect("our own packets"));
        let found = firsts(&mysql::split(real)?);
        if found > expected { Some(real.len()) } else { None }
    }

    fn canonical(&self, replies: &[u8]) -> String {
        mysql::told(replies)
    }
}

/// Returns a handshake that selects no database.
fn without_database() -> Vec<u8> {
    let mut start = mysql::start(false);
    start[4] &= !8;
    let at = start.windows(5).position(|name| name == b"test\0").expect("a database");
    start.drain(at..at + 5);
    start[0] -= 5;
    start
}

/// Returns the end of the first packet, which has a number.
fn end(bytes: &[u8], number: u8) -> Option<usize> {
    let [one, two, three, found, ..] = bytes else { return None };
    let end = 4 + u32::from_le_bytes([*one, *two, *three, 0]) as usize;
    assert_eq!(*found, number, "{}", bytes.escape_ascii());
    if bytes.len() >= end { Some(end) } else { None }
}
