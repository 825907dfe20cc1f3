//! PostgreSQL's protocol next to PostgreSQL.

use crate::Connection;
use crate::postgres_client as pg;
use crate::server::{Server, folder, pause, program};
use crate::subject::{Request, Subject};
use crate::talk::Talk;
use crosswire_protocol::Dialect;
use proptest::collection::vec;
use proptest::prelude::*;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// PostgreSQL.
pub struct Postgres;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS items (key text PRIMARY KEY, value text)";

/// Returns a command, as another user than root, as whom the server refuses to run.
fn as_user(program: &Path) -> Command {
    if std::fs::metadata("/proc/self").expect("a process").uid() != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,4}#[0-9]{1,2}", Just(String::new()), Just("it''s".to_owned())]
}

/// Draws a statement and the number of its parameters, all of which are keys or values.
fn statement() -> impl Strategy<Value = String> {
    let columns = prop::sample::select(vec!["value", "key, value", "*", "\"key\"", "value, key"]);
    let on = " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value";
    let end = prop::sample::select(vec!["", "", on]);
    prop_oneof![
        4 => (columns.clone(), key())
            .prop_map(|(columns, key)| format!("SELECT {columns} FROM items WHERE key = '{key}'")),
        2 => (columns, vec(key(), 1..3)).prop_map(|(columns, keys)| {
            let keys: Vec<_> = keys.iter().map(|key| format!("'{key}'")).collect();
            format!("select {columns}\nfrom Items where key in ({}) order by key", keys.join(","))
        }),
        3 => (key(), value(), end).prop_map(|(key, value, end)| {
            format!("INSERT INTO items (key, value) VALUES ('{key}', '{value}'){end}")
        }),
        2 => (key(), value())
            .prop_map(|(key, value)| format!("UPDATE items SET value = '{value}' WHERE key = '{key}'")),
        1 => key().prop_map(|key| format!("DELETE FROM items WHERE key = '{key}'")),
        1 => Just("DELETE FROM items WHERE key IN ('a', 'b')".to_owned()),
        1 => prop::sample::select(vec![
            "SET search_path TO public", "SELECT 1", "SELECT 'x' AS y", "SHOW client_encoding", "",
            "SELECT current_schema()", "DEALLOCATE ALL", "CLOSE ALL", "UNLISTEN *", "RESET ALL",
            "SELECT pg_advisory_unlock_all()",
            "nonsense", "-- a comment",
        ]).prop_map(str::to_owned),
    ]
}

/// A statement with its parameters in the extended protocol.
fn prepared() -> impl Strategy<Value = (String, Vec<String>)> {
    prop_oneof![
        3 => key().prop_map(|key| {
            ("SELECT key, value FROM items WHERE key = $1".to_owned(), vec![key.to_owned()])
        }),
        1 => (key(), key()).prop_map(|(one, two)| {
            let text = "SELECT value FROM items WHERE key IN ($1, $2) ORDER BY key";
            (text.to_owned(), vec![one.to_owned(), two.to_owned()])
        }),
        1 => vec(key(), 0..3).prop_map(|keys| {
            let text = "SELECT * FROM items WHERE key = ANY($1) ORDER BY key";
            (text.to_owned(), vec![format!("{{{}}}", keys.join(","))])
        }),
        1 => (key(), value()).prop_map(|(key, value)| {
            let text = "INSERT INTO items (key, value) VALUES ($1, $2) \
                        ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value";
            (text.to_owned(), vec![key.to_owned(), value])
        }),
        2 => statement().prop_map(|text| (text, Vec::new())),
    ]
}

fn extended() -> impl Strategy<Value = Vec<u8>> {
    let most = prop::sample::select(vec![0, 0, 0, 1, 5]);
    let what = (any::<bool>(), any::<bool>(), most, 0..12);
    (prepared(), what).prop_map(|((text, parameters), (portal, statement, most, odd))| {
        let parameters: Vec<_> = parameters.iter().map(String::as_bytes).collect();
        let mut bytes = pg::parse("", &text);
        if statement {
            bytes.extend(pg::describe(b'S', ""));
        }
        bytes.extend(pg::bind("", if odd == 0 { "none" } else { "" }, &parameters));
        if portal {
            bytes.extend(pg::describe(b'P', ""));
        }
        bytes.extend(pg::execute("", most));
        if odd == 1 {
            bytes.extend(pg::close(b'S', ""));
        }
        bytes
    })
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        4 => statement().prop_map(|text| pg::query(&text)),
        1 => vec(statement(), 1..3).prop_map(|texts| pg::query(&texts.join(";"))),
        1 => Just(pg::query("BEGIN; SELECT 1; ROLLBACK")),
        3 => vec(extended(), 1..3)
            .prop_map(|batches| [batches.concat(), pg::message(b'S', b"")].concat()),
    ]
}

impl Subject for Postgres {
    fn name(&self) -> String {
        "PostgreSQL".to_owned()
    }

    fn start(&self) -> Option<Server> {
        let (initdb, postgres) = (program("initdb")?, program("postgres")?);
        let folder = folder();
        let mut init = as_user(&initdb);
        init.args([
            "-D",
            "data",
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-sync",
            "--locale=C",
            "-E",
            "UTF8",
        ]);
        init.current_dir(folder.path()).stdout(Stdio::null());
        assert!(init.status().expect("initdb runs").success(), "initdb makes a database");
        let mut command = as_user(&postgres);
        command.args(["-D", "data", "-k", ".", "-c", "listen_addresses=", "-c", "fsync=off"]);
        let server = Server::start(folder, "data/.s.PGSQL.5432", &mut command);
        loop {
            let mut line = server.dial();
            line.send(&pg::start());
            let reply = line.receive(|real| end(real, b"ZE")).expect("a reply to a start");
            if reply.ends_with(b"Z\0\0\0\x05I") {
                line.send(&pg::query(TABLE));
                line.receive(|real| end(real, b"Z")).expect("a table");
                return Some(server);
            }
            // It listens before it is ready.
            pause();
        }
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn sequence(&self) -> BoxedStrategy<Vec<Request>> {
        vec(request(), 1..12).boxed()
    }

    fn words(&self) -> &'static [&'static str] {
        &["Query", "Sync", "Parse", "Bind", "Describe", "Execute", "Close"]
    }

    fn prepare(&self, line: &mut Connection) {
        line.send(&[pg::start(), pg::query("DELETE FROM items")].concat());
        line.receive(|real| end(real, b"Z")).expect("a start");
        line.receive(|real| end(real, b"Z")).expect("an empty table");
    }

    fn prepare_ours(&self, talk: &mut Talk) {
        talk.hear(&pg::start()).expect("a start");
    }

    fn whole(&self, _ours: &[u8], real: &[u8]) -> Option<usize> {
        end(real, b"Z")
    }

    fn is_undone(&self, ours: &[u8]) -> bool {
        pg::split(ours).is_some_and(|messages| messages.iter().any(|(kind, _)| *kind == b'E'))
    }

    fn canonical(&self, replies: &[u8]) -> String {
        pg::told(replies)
    }
}

/// Returns the end of the first message of one of some kinds.
fn end(bytes: &[u8], kinds: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let len = u32::from_be_bytes(bytes.get(at + 1..at + 5)?.try_into().ok()?) as usize;
        let kind = bytes[at];
        at += 1 + len;
        if kinds.contains(&kind) && at <= bytes.len() {
            return Some(at);
        }
    }
}
