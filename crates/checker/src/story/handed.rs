//! Values that came to a call after their reply had been read: out of a buffer that calls share, or
//! together with another call that waited for the same reply. And answers for which a call did not
//! wait.

use super::search::Search;
use super::{Tale, seconds};
use crosswire_history::{CacheOp, CallId, CommandId, ConnId, Entry, KeyId, Point, What};

/// How many writes of a key are told.
const WRITES: usize = 3;

impl Tale<'_> {
    /// Tells of a value that another call's reply brought, and not on this call's way. Says whether it
    /// is so.
    pub(super) fn handed_on(&mut self, entry: &Entry) -> bool {
        let What::Value { call, asked, returned } = entry.what else { return false };
        if returned.command.0 == 0 || returned.answered == call {
            return false;
        }
        let search = self.search();
        let Some(began) = search.call(call) else { return false };
        let Some(brought) = search.executed(returned.command) else { return false };
        let What::Executed { conn, key, .. } = brought.what else { return false };
        let own = search.own_commands(&began, asked, entry);
        let elsewhere = own.iter().all(|own| {
            let What::Executed { conn: on, command, call: of, .. } = own.what else { return false };
            // On one connection the reply to a later command cannot be in the way of an earlier one.
            let later = command < returned.command && !search.has_refused(conn, &began);
            of == call && (on != conn || later)
        });
        let is_clean = search.reused(call, Some(conn)).is_none();
        if let (Some(own), true) = (own.last(), elsewhere && is_clean) {
            self.because("bytes of another reply");
            self.call_began(call, None);
            let What::Executed { conn: on, .. } = own.what else { return false };
            self.add(own.at_ms, format!("{} answers {call} on {on}", own.node));
            let whose = whose_reply(returned.answered, returned.command);
            self.other_began(returned.answered);
            let (node, key) = (brought.node, self.key(key));
            self.add(brought.at_ms, format!("{node} answers {whose} on {conn}: {key}"));
            let line = format!(
                "{call} returns bytes of the reply to {whose}, as if from a buffer that both share"
            );
            self.add(entry.at_ms, line);
            return true;
        }
        let first = search.first_handed(entry, returned.command);
        let Some(first) = first.filter(|_| own.is_empty()) else { return false };
        self.because("one reply for two calls");
        let What::Value { call: first, .. } = first.what else { return false };
        self.call_began(first, None);
        self.call_began(call, None);
        let (node, key) = (brought.node, self.key(key));
        self.add(brought.at_ms, format!("{node} answers {first} on {conn}: {key}"));
        let line = if returned.written_for == Some(asked) {
            format!("it joins {first} and is handed the same reply")
        } else {
            format!(
                "{first} and {call} are handed the same reply, as if they shared a read or a buffer"
            )
        };
        self.add(entry.at_ms, format!("no cache has answered a command of {call}: {line}"));
        true
    }

    /// Tells of bytes that no call wrote: how the caches answered the call, and how what is under the
    /// key was stored.
    pub(super) fn unwritten(&mut self, entry: &Entry) {
        let What::Value { call, asked, .. } = entry.what else { return };
        let search = self.search();
        let Some(began) = search.call(call) else { return };
        let own = search.own_commands(&began, asked, entry);
        let Some(own) = own.last() else { return self.remembered(entry, None) };
        let What::Executed { conn, .. } = own.what else { return };
        self.because("bytes that no call wrote");
        let node = own.node;
        let long = search.long_value(conn, own);
        let long = long.map_or_else(String::new, |bytes| format!(" with a value of {bytes} bytes"));
        self.add(own.at_ms, format!("{node} answers {call} on {conn}{long}"));
        self.stored_in_parts(asked, entry);
    }

    /// The latest calls that stored something for a key, if one of them did in several commands.
    fn stored_in_parts(&mut self, asked: KeyId, entry: &Entry) {
        let search = self.search();
        let writes = search.writes(asked, entry);
        if writes.iter().all(|(_, parts)| parts.len() < 2) {
            return;
        }
        self.because("stored in several commands");
        for (began, parts) in writes {
            let What::CallBegan { call, .. } = began.what else { continue };
            let names: Vec<_> = parts.iter().map(|&(_, key)| self.key(key)).collect();
            let Some(&(at_ms, _)) = parts.last() else { continue };
            let names = names.join(" and ");
            let key = self.key(asked);
            self.add(at_ms, format!("{call} has stored parts of {key}: {names}"));
        }
    }

    fn other_began(&mut self, answered: CallId) {
        if answered.0 != 0 {
            self.call_began(answered, None);
        }
    }

    /// A call answered without having read a reply to its end on `conn`: what the node did there, and
    /// for how long the call had waited.
    pub(super) fn unheard(&mut self, (call, asked): (CallId, KeyId), conn: ConnId, entry: &Entry) {
        let search = self.search();
        let Some(began) = search.call(call) else { return };
        let lost = search.lost_before(conn).filter(|(lost, _)| lost.at_ms + 2_000 > began.at_ms);
        let since_ms = lost.as_ref().map_or(began.at_ms, |(lost, _)| lost.at_ms - 100);
        let split = search.split(conn, since_ms, entry);
        if let Some(split) = split {
            self.because("reply in two pieces");
            self.add(split.at_ms, format!("{} sends a reply in two pieces", split.node));
        }
        if let Some((lost, made)) = lost.filter(|_| split.is_some())
            && let What::Disconnected { conn: old, .. } = lost.what
        {
            self.because("connection lost");
            let node = lost.node;
            self.add(lost.at_ms, format!("{node} loses {old} in the middle of a reply"));
            self.add(made.at_ms, format!("{node} makes {conn} in its place"));
            return;
        }
        let own = search.own_commands(&began, asked, entry);
        if let Some(own) = own.last().filter(|_| split.is_none()) {
            self.because("reply not read to its end");
            self.add(own.at_ms, format!("{} answers {call} on {conn}", own.node));
        }
        if split.is_some() || !own.is_empty() {
            let line = format!("{call} goes on before it has read all replies to it to their end");
            self.add(entry.at_ms, format!("{line}: the rest is still to come on {conn}"));
        } else if entry.at_ms > began.at_ms {
            self.because("node left out");
            let within = seconds(entry.at_ms - began.at_ms);
            self.add(
                entry.at_ms,
                format!("{call} has no answer on {conn} within {within} s and does without; the reply is still to come on {conn}"),
            );
        }
    }
}

/// The name of a reply: by its call, or by its command where the wire could not tell.
fn whose_reply(answered: CallId, command: CommandId) -> String {
    if answered.0 == 0 { command.to_string() } else { answered.to_string() }
}

impl Search<'_> {
    /// The commands of a call that the caches had carried out before `until`, oldest first: as the
    /// wire tells it, or else the key.
    fn own_commands(self, began: &Entry, asked: KeyId, until: &Entry) -> Vec<Entry> {
        let What::CallBegan { call: own, .. } = began.what else { return Vec::new() };
        let span = self.0.latest().skip_while(|entry| *entry != until);
        let span = span.take_while(|entry| *entry != began);
        let own = span.filter(|entry| match entry.what {
            What::Executed { call, key, .. } => {
                call == own || (call.0 == 0 && key == asked && self.may_be_of(began, entry))
            }
            _ => false,
        });
        let mut own: Vec<_> = own.copied().collect();
        own.reverse();
        own
    }

    /// Whether a command on a connection was answered with an error since a call began.
    fn has_refused(self, wanted: ConnId, began: &Entry) -> bool {
        let refused = self.find(|entry| {
            entry.at_ms >= began.at_ms
                && matches!(entry.what, What::Rejected { conn, .. } if conn == wanted)
        });
        refused.is_some()
    }

    /// How many bytes that no call wrote a call returned for a key.
    pub(super) fn unwritten(self, wanted: CallId, asked: KeyId) -> Option<u32> {
        let found = self.find(|entry| {
            matches!(entry.what, What::Unwritten { call, key, .. } if (call, key) == (wanted, asked))
        })?;
        let What::Unwritten { bytes, .. } = found.what else { return None };
        Some(bytes)
    }

    /// How long the value was that a cache sent in its answer to a command, if it was long.
    fn long_value(self, wanted: ConnId, answered: &Entry) -> Option<u32> {
        let found = self.find(|entry| {
            entry.at_ms == answered.at_ms
                && matches!(entry.what, What::LongValue { conn, .. } if conn == wanted)
        })?;
        let What::LongValue { bytes, .. } = found.what else { return None };
        Some(bytes)
    }

    /// The latest calls that wrote a key, each with when it stored what under which names.
    fn writes(self, asked: KeyId, until: &Entry) -> Vec<(Entry, Vec<(u64, KeyId)>)> {
        let past = self.0.latest().skip_while(|entry| *entry != until);
        let began = past.filter(|entry| {
            matches!(entry.what, What::CallBegan { op: CacheOp::Set, key, .. } if key == asked)
        });
        let mut writes: Vec<_> =
            began.take(WRITES).map(|began| (*began, self.parts(began))).collect();
        writes.retain(|(_, parts)| !parts.is_empty());
        writes.reverse();
        writes
    }

    /// What a call stored under which names, and when.
    fn parts(self, began: &Entry) -> Vec<(u64, KeyId)> {
        let What::CallBegan { call: own, .. } = began.what else { return Vec::new() };
        let parts = self.0.latest().filter_map(|entry| match entry.what {
            What::Executed { op: CacheOp::Set, call, key, .. } if call == own => {
                Some((entry.at_ms, key))
            }
            _ => None,
        });
        let mut parts: Vec<_> = parts.collect();
        parts.reverse();
        parts
    }

    /// Where a value of the reply to `command` was first handed to the call that asked for its key.
    fn first_handed(self, entry: &Entry, command: CommandId) -> Option<Entry> {
        let What::Value { call: own, .. } = entry.what else { return None };
        self.find(|earlier| {
            earlier.node == entry.node
                && matches!(earlier.what, What::Value { call, asked, returned }
                    if returned.command == command
                        && call != own
                        && returned.written_for == Some(asked))
        })
    }

    /// Where the cache at the other end of a connection last sent a reply in two pieces, in that time.
    fn split(self, conn: ConnId, since_ms: u64, until: &Entry) -> Option<Entry> {
        let cache = self.cache_of(conn)?;
        self.find(|entry| {
            entry.node == cache
                && (since_ms..=until.at_ms).contains(&entry.at_ms)
                && matches!(entry.what, What::Fired { point: Point::CacheSplitReply })
        })
    }
}

#[cfg(test)]
mod tests;
