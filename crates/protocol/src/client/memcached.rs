//! The client's side of memcached's text protocol.

use super::{Client, Command, Heard, Outcome, line, unasked};
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, VecDeque};

/// One connection.
#[derive(Default)]
pub(super) struct Memcached {
    waiting: VecDeque<Command>,
    /// The values of the first command that have arrived.
    found: BTreeMap<String, String>,
    /// The key and the length of a value whose line has arrived.
    value: Option<(String, usize)>,
}

impl Client for Memcached {
    fn start(&mut self) -> Option<Bytes> {
        None
    }

    fn send(&mut self, command: &Command) -> Bytes {
        self.waiting.push_back(command.clone());
        let line = match command {
            Command::Get(key) => format!("get {key}\r\n"),
            Command::GetMany(keys) => format!("get {}\r\n", keys.join(" ")),
            Command::Set(key, value) => format!("set {key} 0 0 {}\r\n{value}\r\n", value.len()),
            Command::Increment(key) => format!("incr {key} 1\r\n"),
        };
        line.into()
    }

    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Heard>, String> {
        loop {
            if let Some((key, len)) = &self.value {
                if input.len() < len + 2 {
                    return Ok(None);
                }
                let bytes = input.split_to(len + 2);
                if &bytes[*len..] != b"\r\n" {
                    return Err(format!("a value of {key} without its end of line"));
                }
                let value = String::from_utf8_lossy(&bytes[..*len]).into_owned();
                self.found.insert(key.clone(), value);
                self.value = None;
            }
            let Some(line) = line(input) else { return Ok(None) };
            if self.waiting.is_empty() {
                return Err(unasked());
            }
            match line.strip_prefix("VALUE ") {
                Some(rest) => self.value = Some(header(rest)?),
                None => return Ok(Some(Heard::Reply(self.outcome(line)))),
            }
        }
    }
}

/// Reads the key and the length in a line like `VALUE key flags length`.
fn header(rest: &str) -> Result<(String, usize), String> {
    let words: Vec<_> = rest.split(' ').collect();
    let len = words.get(2).and_then(|len| len.parse().ok());
    // No value is longer than memcached's largest item by far.
    let len = len.filter(|len| *len <= 1 << 30);
    let len = len.ok_or_else(|| format!("a line of a value without its length: {rest:?}"))?;
    Ok((words[0].to_owned(), len))
}

impl Memcached {
    /// Returns the outcome of the first command, whose last line has arrived.
    fn outcome(&mut self, line: String) -> Outcome {
        let found = std::mem::take(&mut self.found);
        let command = self.waiting.pop_front().expect("a command waits");
        match (command, line.as_str()) {
            (Command::Get(key), "END") if found.keys().all(|one| *one == key) => {
                Outcome::Value(found.get(&key).cloned())
            }
            (Command::GetMany(keys), "END") if found.keys().all(|one| keys.contains(one)) => {
                Outcome::Values(keys.iter().map(|key| found.get(key).cloned()).collect())
            }
            (Command::Get(_) | Command::GetMany(_), "END") => Outcome::Odd(format!("{found:?}")),
            (Command::Set(..), "STORED") => Outcome::Done,
            (Command::Increment(_), line) if line.parse::<i64>().is_ok() => {
                Outcome::Number(line.parse().expect("a number"))
            }
            _ if line.contains("ERROR") => Outcome::Error(line),
            _ => Outcome::Odd(line),
        }
    }
}
