//! memcached's text protocol next to memcached.

use crate::Connection;
use crate::model::Model;
use crate::server::{Server, folder, program};
use crate::subject::{Request, Subject};
use crosswire_protocol::{Dialect, ErrorKind};
use proptest::collection::vec;
use proptest::prelude::*;
use std::process::Command;

/// memcached.
pub struct Memcached;

/// The end of all replies to a request: the reply to `mn`, which follows it.
const END: &[u8] = b"MN\r\n";

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "n"])
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,4}#[0-9]{1,2}", "[0-9]{1,3}", Just(String::new())]
}

fn flags(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::subsequence(known, 0..=known.len())
        .prop_shuffle()
        .prop_map(|flags| flags.iter().map(|flag| format!(" {flag}")).collect())
}

fn classic() -> impl Strategy<Value = String> {
    let store = prop::sample::select(vec!["set", "set", "set", "add", "replace"]);
    let quiet = prop::sample::select(vec!["", "", "", " noreply"]);
    prop_oneof![
        4 => (store, key(), value(), quiet).prop_map(|(name, key, value, quiet)| {
            format!("{name} {key} 0 0 {}{quiet}\r\n{value}\r\n", value.len())
        }),
        4 => vec(key(), 1..4).prop_map(|keys| format!("get {}\r\n", keys.join(" "))),
        1 => vec(key(), 1..3).prop_map(|keys| format!("gets {}\r\n", keys.join(" "))),
        1 => vec(key(), 1..3).prop_map(|keys| format!("gat 0 {}\r\n", keys.join(" "))),
        2 => (key(), 0..200).prop_map(|(key, by)| format!("incr {key} {by}\r\n")),
        2 => (key(), 0..200).prop_map(|(key, by)| format!("decr {key} {by}\r\n")),
        2 => key().prop_map(|key| format!("delete {key}\r\n")),
        1 => key().prop_map(|key| format!("touch {key} 0\r\n")),
        1 => prop::sample::select(vec![
            "version\r\n", "verbosity 1\r\n", "get\r\n", "nonsense\r\n", "\r\n", "incr n x\r\n", "delete a 5\r\n",
            "set a 0 0 -1\r\n", "set a x 0 1\r\n", "set a 0 0 3\r\nabcde\r\n", "touch a x\r\n", "delete\r\n",
            "set a 0 0\r\n", "get a\n", "delete a noreply\r\n", "incr n 1 noreply\r\n", "gat x a\r\n",
        ]).prop_map(str::to_owned),
    ]
}

fn meta() -> impl Strategy<Value = String> {
    let mode = prop::sample::select(vec!["", "", " ME", " MR", " MS"]);
    prop_oneof![
        4 => (key(), flags(&["v", "k", "O12", "q", "f", "s", "t"]))
            .prop_map(|(key, flags)| format!("mg {key}{flags}\r\n")),
        4 => (key(), value(), mode, flags(&["k", "O12", "q"])).prop_map(|(key, value, mode, flags)| {
            format!("ms {key} {}{mode}{flags}\r\n{value}\r\n", value.len())
        }),
        2 => (key(), flags(&["k", "O12", "q"])).prop_map(|(key, flags)| format!("md {key}{flags}\r\n")),
        2 => (key(), prop::sample::select(vec!["", " D5", " MD", " MD D7"]), flags(&["v", "k", "O12", "q"]))
            .prop_map(|(key, by, flags)| format!("ma {key}{by}{flags}\r\n")),
        1 => prop::sample::select(vec![
            "mn\r\n", "mg\r\n", "mg enp6 b v k\r\n", "ms enp6 2 b k\r\nxy\r\n", "mg a v v\r\n", "mg a Z\r\n", "me\r\n", "flush_all x\r\n", "mg %%% b v\r\n",
            "ms a\r\n", "ms a x\r\nmn\r\n", "ms a 2 MX\r\nxy\r\n", "me nothing\r\n", "ma n Dx\r\n",
        ]).prop_map(str::to_owned),
    ]
}

impl Subject for Memcached {
    fn name(&self) -> String {
        "memcached".to_owned()
    }

    fn start(&self) -> Option<Server> {
        let mut command = Command::new(program("memcached")?);
        command.args(["-s", "socket", "-u", "root", "-t", "1"]);
        Some(Server::start(folder(), "socket", &mut command))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Memcached
    }

    fn model(&self) -> Model {
        let text = "cannot increment or decrement non-numeric value";
        let no_number = (ErrorKind::WrongType, text);
        Model { no_number, fills_up: true, ..Model::default() }
    }

    fn sequence(&self) -> BoxedStrategy<Vec<Request>> {
        vec(prop_oneof![classic(), meta()].prop_map(String::into_bytes), 1..20).boxed()
    }

    fn words(&self) -> &'static [&'static str] {
        &[
            "get", "gets", "gat", "set", "add", "replace", "incr", "decr", "delete", "touch",
            "version", "mg", "ms", "md", "ma", "mn", "me",
        ]
    }

    fn prepare(&self, line: &mut Connection) {
        line.send(b"flush_all\r\nmn\r\n");
        line.receive(|real| self.whole(b"", real)).expect("flush_all");
    }

    fn sentinel(&self) -> &'static [u8] {
        b"mn\r\n"
    }

    fn without_sentinel<'a>(&self, real: &'a [u8]) -> &'a [u8] {
        real.strip_suffix(END).expect("the reply to the sentinel is the last")
    }

    /// The reply to the sentinel is the last of all.
    fn whole(&self, ours: &[u8], real: &[u8]) -> Option<usize> {
        let count = 1 + ours.windows(END.len()).filter(|window| *window == END).count();
        let found = real.windows(END.len()).enumerate().filter(|(_, window)| *window == END);
        found.map(|(at, _)| at + END.len()).nth(count - 1)
    }

    fn canonical(&self, replies: &[u8]) -> String {
        let text = replies.escape_ascii().to_string();
        let lines = text.split_inclusive("\\r\\n").map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                // Versions are the server's own numbers.
                ["VALUE", key, flags, len, _] => format!("VALUE {key} {flags} {len} VERSION\\r\\n"),
                ["VERSION", _] => "VERSION\\r\\n".to_owned(),
                _ => line.to_owned(),
            }
        });
        lines.collect()
    }
}
