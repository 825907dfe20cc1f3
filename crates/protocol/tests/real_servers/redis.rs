//! RESP2 and RESP3 next to redis-server.

use crate::Connection;
use crate::server::{Server, folder, program};
use crate::subject::{Request, Subject};
use crate::talk::Talk;
use crosswire_protocol::Dialect;
use proptest::collection::vec;
use proptest::prelude::*;
use redis_protocol::{resp2, resp3};
use std::process::Command;

/// Redis, in one version of its protocol.
pub struct Redis {
    pub version: u8,
}

/// Starts redis-server with more settings; none if it is not installed.
pub fn start(settings: &[&str]) -> Option<Server> {
    let mut command = Command::new(program("redis-server")?);
    command.args(["--port", "0", "--save", "", "--unixsocket", "socket"]).args(settings);
    Some(Server::start(folder(), "socket", &mut command))
}

/// Writes a command, inline or as an array of bulk strings.
fn written(words: Vec<String>, inline: bool) -> Request {
    if inline {
        return format!("{}\r\n", words.join(" ")).into();
    }
    let bulks = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
    format!("*{}\r\n{}", words.len(), bulks.collect::<String>()).into()
}

fn command() -> impl Strategy<Value = Request> {
    let key = || prop::sample::select(vec!["a", "b", "c", "n"]);
    let number = || -20_i64..20;
    let words = prop_oneof![
        4 => key().prop_map(|key| format!("GET {key}")),
        4 => (key(), "[a-z]{1,4}#[0-9]{1,2}").prop_map(|(key, value)| format!("SET {key} {value}")),
        2 => (key(), number()).prop_map(|(key, value)| format!("SET {key} {value}")),
        1 => (key(), prop::sample::select(vec!["NX", "XX", "EX 100", "NX PX 90000", "XX NX", "EX 0"]))
            .prop_map(|(key, option)| format!("set {key} x {option}")),
        3 => vec(key(), 1..4).prop_map(|keys| format!("MGET {}", keys.join(" "))),
        2 => key().prop_map(|key| format!("INCR {key}")),
        1 => (key(), number()).prop_map(|(key, by)| format!("INCRBY {key} {by}")),
        2 => vec(key(), 1..4).prop_map(|keys| format!("DEL {}", keys.join(" "))),
        1 => key().prop_map(|key| format!("UNLINK {key}")),
        2 => Just("MULTI".to_owned()),
        2 => Just("EXEC".to_owned()),
        1 => Just("DISCARD".to_owned()),
        1 => key().prop_map(|key| format!("WATCH z{key}")),
        1 => Just("BLPOP list 0.001".to_owned()),
        1 => prop::sample::select(vec![
            "PING", "PING hello", "ECHO x", "SELECT 3", "SELECT 99", "SELECT x",
            "GET", "GET a b", "MGET", "NONSENSE a", "CLIENT GETNAME", "CLIENT SETNAME me", "INCRBY a x",
            "CLIENT REPLY SKIP", "CLIENT NONSENSE", "MULTI 1", "EXEC 1", "WATCH", "SUBSCRIBE",
        ]).prop_map(str::to_owned),
    ];
    (words, any::<bool>()).prop_map(|(words, inline)| {
        if words == "SELECT 3" {
            // The model has one database.
            return b"SELECT 3\r\nSELECT 0\r\n".to_vec();
        }
        let skips = words.starts_with("CLIENT REPLY");
        let request = written(words.split(' ').map(str::to_owned).collect(), inline);
        // A skipped reply leaves nothing to wait for; the PING after it has one.
        // In a transaction it would be queued.
        if skips { [b"DISCARD\r\n", &request[..], b"GET a\r\nPING\r\n"].concat() } else { request }
    })
}

impl Subject for Redis {
    fn name(&self) -> String {
        format!("RESP{} and redis-server", self.version)
    }

    fn start(&self) -> Option<Server> {
        start(&[])
    }

    fn dialect(&self) -> Dialect {
        if self.version == 3 { Dialect::Resp3 } else { Dialect::Resp2 }
    }

    fn sequence(&self) -> BoxedStrategy<Vec<Request>> {
        // A client that has subscribed may do little else in version 2.
        let last = prop_oneof![
            Just(b"SUBSCRIBE c d\r\n".to_vec()),
            Just(b"PING\r\n".to_vec()),
            Just(b"RESET\r\n".to_vec())
        ];
        (vec(command(), 1..20), last)
            .prop_map(|(mut commands, last)| {
                // SUBSCRIBE has no place in a transaction of version 2.
                commands.push(b"RESET\r\n".to_vec());
                commands.push(last);
                commands
            })
            .boxed()
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "GET",
            "SET",
            "MGET",
            "INCR",
            "INCRBY",
            "DEL",
            "UNLINK",
            "MULTI",
            "EXEC",
            "DISCARD",
            "WATCH",
            "BLPOP",
            "SUBSCRIBE",
            "PING",
            "SELECT",
            "CLIENT REPLY",
            "RESET",
        ]
    }

    fn prepare(&self, line: &mut Connection) {
        line.send(b"FLUSHALL\r\n");
        line.receive(|real| self.whole(b"+OK\r\n", real)).expect("FLUSHALL");
        if self.version == 3 {
            line.send(b"HELLO 3\r\n");
            line.receive(|real| end(real, 1)).expect("HELLO");
        }
    }

    fn prepare_ours(&self, talk: &mut Talk) {
        if self.version == 3 {
            talk.hear(b"HELLO 3\r\n").expect("HELLO");
        }
    }

    /// Both sides must send as many replies.
    fn whole(&self, ours: &[u8], real: &[u8]) -> Option<usize> {
        end(real, count(ours))
    }
}

/// Returns the number of replies in some bytes.
fn count(replies: &[u8]) -> usize {
    let mut count = 0;
    while end(replies, count + 1).is_some() {
        count += 1;
    }
    count
}

/// Returns where a number of replies end.
fn end(replies: &[u8], count: usize) -> Option<usize> {
    let mut at = 0;
    for _ in 0..count {
        let rest = replies.get(at..)?;
        // RESET switches back to version 2, whose nulls version 3 does not have.
        at += match resp2::decode::decode(rest) {
            Ok(frame) => frame?.1,
            Err(_) => resp3::decode::complete::decode(rest).ok()??.1,
        };
    }
    Some(at)
}
