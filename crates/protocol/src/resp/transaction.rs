//! Transactions: MULTI, the commands that it queues, and EXEC.

use super::{Resp, command};
use crate::form::{Detail, Form};
use crate::message::{Asked, OwnKind, Received, What};
use bytes::Bytes;

/// A transaction that has begun.
#[derive(Default)]
pub(super) struct Transaction {
    pub(super) parts: Vec<Asked>,
    /// A command was refused when it arrived.
    pub(super) is_aborted: bool,
}

/// Returns whether Redis refuses a command with this reply when it arrives, not when it runs.
pub(super) fn is_refused_at_once(reply: &[u8]) -> bool {
    reply.starts_with(b"-ERR unknown ") || reply.starts_with(b"-ERR wrong number ")
}

impl Resp {
    /// Takes MULTI, EXEC, DISCARD or WATCH.
    pub(super) fn transactional(&mut self, name: &[u8], args: &[Bytes]) -> Received {
        let name = String::from_utf8_lossy(name).into_owned();
        let is_watch = name == "WATCH";
        let asked = |what| {
            let asked = Asked::new(what, name.clone());
            Asked { form: Form(Detail::Resp(self.form)), ..asked }
        };
        let refused = |text: &str| {
            let reply = Bytes::from(format!("-{text}\r\n"));
            asked(What::Other).own(OwnKind::Housekeeping, reply)
        };
        if (args.len() > 1) != is_watch {
            if name == "EXEC" {
                self.transaction = None;
                return refused(
                    "EXECABORT Transaction discarded because of: wrong number of arguments for \
                     'exec' command",
                );
            }
            let name = name.to_ascii_lowercase();
            if let Some(transaction) = &mut self.transaction {
                transaction.is_aborted = true;
            }
            return refused(&format!("ERR wrong number of arguments for '{name}' command"));
        }
        match (name.as_str(), self.transaction.take()) {
            ("WATCH", None) => {
                let keys = args[1..].iter().map(command::text).collect();
                Received::Asked(asked(What::Watch).on(keys))
            }
            ("MULTI", None) => {
                self.transaction = Some(Transaction::default());
                Received::Asked(asked(What::Begin))
            }
            ("MULTI" | "WATCH", open) => {
                self.transaction = open;
                let text = if is_watch {
                    "WATCH inside MULTI is"
                } else {
                    "MULTI calls can not be nested"
                };
                let text = if is_watch {
                    format!("ERR {text} not allowed")
                } else {
                    format!("ERR {text}")
                };
                refused(&text)
            }
            (_, None) => refused(&format!("ERR {name} without MULTI")),
            ("DISCARD", Some(_)) => Received::Asked(asked(What::Discard)),
            (_, Some(Transaction { is_aborted: true, .. })) => {
                refused("EXECABORT Transaction discarded because of previous errors.")
            }
            (_, Some(Transaction { parts, .. })) => {
                let keys = parts.iter().flat_map(|part| part.keys.clone()).collect();
                Received::Asked(Asked { parts, ..asked(What::Exec).on(keys) })
            }
        }
    }
}
