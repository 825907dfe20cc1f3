//! The client's side of RESP2.

use super::{Client, Command, Heard, Outcome, unasked};
use bytes::{Bytes, BytesMut};
use crosswire_cache::resp::{Reply, decode_reply, encode_command};
use std::collections::VecDeque;

/// One connection.
#[derive(Default)]
pub(super) struct Resp {
    waiting: VecDeque<Command>,
}

impl Client for Resp {
    fn start(&mut self) -> Option<Bytes> {
        None
    }

    fn send(&mut self, command: &Command) -> Bytes {
        let words: Vec<&str> = match command {
            Command::Get(key) => vec!["GET", key],
            Command::GetMany(keys) => {
                ["MGET"].into_iter().chain(keys.iter().map(String::as_str)).collect()
            }
            Command::Set(key, value) => vec!["SET", key, value],
            Command::Increment(key) => vec!["INCR", key],
        };
        let words: Vec<&[u8]> = words.into_iter().map(str::as_bytes).collect();
        let mut out = BytesMut::new();
        encode_command(&mut out, &words);
        self.waiting.push_back(command.clone());
        out.freeze()
    }

    fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Heard>, String> {
        let Some(reply) = decode_reply(input).map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let command = self.waiting.pop_front().ok_or_else(unasked)?;
        Ok(Some(Heard::Reply(outcome(&command, reply))))
    }
}

fn outcome(command: &Command, reply: Reply) -> Outcome {
    match (command, reply) {
        (Command::Set(..), Reply::Simple(value)) if value == "OK" => Outcome::Done,
        (Command::GetMany(keys), Reply::Array(values)) if values.len() == keys.len() => {
            let plain = |value: &Reply| matches!(value, Reply::Bulk(_) | Reply::Nil);
            if !values.iter().all(plain) {
                return as_it_is(Reply::Array(values));
            }
            let value = |value: Reply| match value {
                Reply::Bulk(text) => Some(String::from_utf8_lossy(&text).into_owned()),
                _ => None,
            };
            Outcome::Values(values.into_iter().map(value).collect())
        }
        (_, reply) => as_it_is(reply),
    }
}

/// Returns a reply without regard to the command.
fn as_it_is(reply: Reply) -> Outcome {
    match reply {
        Reply::Nil => Outcome::Value(None),
        Reply::Simple(text) | Reply::Bulk(text) => {
            Outcome::Value(Some(String::from_utf8_lossy(&text).into_owned()))
        }
        Reply::Error(text) => Outcome::Error(text),
        Reply::Int(number) => Outcome::Number(number),
        Reply::Array(replies) => Outcome::List(replies.into_iter().map(as_it_is).collect()),
    }
}
