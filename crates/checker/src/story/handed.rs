//! Values that reached a call after their reply had been read: from a buffer that calls share, or
//! together with another call that waited for the same reply.

use super::builder::StoryBuilder;
use super::known::{CallBegan, Executed, Reused, Value};
use super::search::Search;
use super::shift::is_dropped;
use crosswire_history::{CacheOp, CallId, CommandId, ConnId, Entry, Fact, KeyId, Returned, Sent};

/// The number of writes of a key that a story names.
const MAX_WRITES: usize = 3;

impl StoryBuilder<'_> {
    /// Explains a value that another call's reply brought on a connection that this call did not
    /// use. Returns whether that happened.
    pub(super) fn handed_on(&mut self, entry: &Entry) -> bool {
        // An answer without a value is not handed on.
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        if returned.command.0 == 0 || returned.answered == call {
            return false;
        }
        let search = self.search();
        let Some(began) = search.call(call) else { return false };
        let Some(brought) = search.executed(returned.command) else { return false };
        let Executed { conn, key, .. } = Executed::of(&brought);
        let own = search.own_commands(&began, asked, entry);
        let elsewhere = own.iter().all(|own| {
            let Executed { conn: on, command, call: of, .. } = Executed::of(own);
            // On one connection the reply to a later command cannot be in the way of an earlier
            // one.
            let later = command < returned.command && !search.has_refused(conn, &began);
            of == call && (on != conn || later)
        });
        let is_clean = search.reused(call, Some(conn)).is_none();
        let there = own.iter().rfind(|own| Executed::of(own).conn == conn);
        if let (Some(own), true) = (there.or(own.last()), elsewhere && is_clean) {
            let is_same = there.is_some();
            if is_same && self.swapped(entry, own, &brought) {
                return true;
            }
            self.because("bytes of another reply");
            self.call_began(call, None);
            let on = Executed::of(own).conn;
            self.add(own.at_ms, format!("{} answers {call} on {on}", own.node));
            let whose = whose_reply(returned.answered, returned.command);
            self.other_began(returned.answered);
            let (node, key) = (brought.node, self.key(key));
            self.add(brought.at_ms, format!("{node} answers {whose} on {conn}: {key}"));
            let how = if is_same && !search.is_shared(entry) {
                format!("which came behind its own on {conn}")
            } else {
                "as if from a buffer that both share".to_owned()
            };
            let line = format!("{call} returns bytes of the reply to {whose}, {how}");
            self.add(entry.at_ms, line);
            return true;
        }
        if own.is_empty() && self.had_been_read(entry, &brought) {
            return true;
        }
        let first = match search.first_handed(entry, returned.command) {
            Some(first) if own.is_empty() && !search.has_sent(call) => Value::of(&first).call,
            _ => return false,
        };
        self.because("one reply for two calls");
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

    /// Explains a correct value that a reply had brought before the call began and that the call
    /// returned at once: for whom it had been read. Returns whether that happened.
    fn had_been_read(&mut self, entry: &Entry, brought: &Entry) -> bool {
        let Value { call, asked, returned } = Value::of(entry);
        let Executed { conn, key, .. } = Executed::of(brought);
        let search = self.search();
        let Some(began) = search.call(call) else { return false };
        let is_kept = returned.sent == Sent::Kept && returned.written_for == Some(asked);
        if !is_kept || began.at_ms < entry.at_ms || search.reused(call, Some(conn)).is_some() {
            return false;
        }
        self.because("read before it began");
        let reader = search.reader_of(entry, brought);
        if let Some(reader) = reader {
            self.call_began(reader, None);
            self.dropped_before(reader, brought);
        }
        let whose = match reader {
            Some(reader) => reader.to_string(),
            None => whose_reply(returned.answered, returned.command),
        };
        let (node, key) = (brought.node, self.key(key));
        self.add(brought.at_ms, format!("{node} answers {whose} on {conn}: {key}"));
        self.call_began(call, None);
        let line = format!(
            "no cache has answered a command of {call}: it returns at once what the reply to {whose} had brought"
        );
        self.add(entry.at_ms, line);
        true
    }

    /// Adds the end of the call that had asked for the value, if it was dropped before the answer.
    fn dropped_before(&mut self, call: CallId, answered: &Entry) {
        let search = self.search();
        if let Some(ended) = search.ended(call)
            && ended.at_ms <= answered.at_ms
            && is_dropped(&ended)
        {
            self.because("call dropped");
            let why = search.reason(&ended).unwrap_or_default();
            self.add(ended.at_ms, format!("{why}{call} is dropped, and its read goes on"));
        }
    }

    /// Explains bytes that no call wrote: how the caches answered the call, and how the value of
    /// the key was stored.
    pub(super) fn unwritten(&mut self, entry: &Entry) {
        let Value { call, asked, .. } = Value::of(entry);
        let search = self.search();
        let Some(began) = search.call(call) else { return };
        let own = search.own_commands(&began, asked, entry);
        let Some(own) = own.last() else { return self.remembered(entry, None) };
        let conn = Executed::of(own).conn;
        self.because("bytes that no call wrote");
        let node = own.node;
        let long = match search.long_value(conn, own) {
            Some(bytes) => format!(" with a value of {bytes} bytes"),
            None => String::new(),
        };
        self.add(own.at_ms, format!("{node} answers {call} on {conn}{long}"));
        self.stored_in_parts(asked, entry);
    }

    /// Adds the latest calls that stored something for a key, if one of them sent several commands.
    fn stored_in_parts(&mut self, asked: KeyId, entry: &Entry) {
        let search = self.search();
        let writes = search.writes(asked, entry);
        if writes.iter().all(|(_, parts)| parts.len() < 2) {
            return;
        }
        self.because("stored in several commands");
        for (began, parts) in writes {
            let call = CallBegan::of(&began).call;
            let names: Vec<_> = parts.iter().map(|&(_, key)| self.key(key)).collect();
            let &(at_ms, _) = parts.last().expect("a call that stored nothing is left out");
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
}

/// Names a reply by its call, or by its command where the wire does not show the call.
fn whose_reply(answered: CallId, command: CommandId) -> String {
    if answered.0 == 0 { command.to_string() } else { answered.to_string() }
}

impl Search<'_> {
    /// Returns the commands of a call that the caches had carried out before `until`, oldest first:
    /// by the call that the wire shows, or else by the key.
    pub(super) fn own_commands(self, began: &Entry, asked: KeyId, until: &Entry) -> Vec<Entry> {
        let own = CallBegan::of(began).call;
        let span = self.0.latest().skip_while(|entry| *entry != until);
        let span = span.take_while(|entry| *entry != began);
        let own = span.filter(|entry| match entry.what {
            Fact::Executed { call, key, .. } => {
                call == own || (call.0 == 0 && key == asked && self.may_be_of(began, entry))
            }
            _ => false,
        });
        let mut own: Vec<_> = own.copied().collect();
        own.reverse();
        own
    }

    /// Returns a likelier source for a stray value. Several replies may have brought it, and the
    /// latest came on a connection that the call never used. If no other call is known to have
    /// received an earlier one on the call's connection, that one is the source.
    pub(super) fn credited(self, entry: &Entry) -> Option<Returned> {
        // An answer without a value came from no reply.
        let Fact::Value { call, asked, returned } = entry.what else { return None };
        let (began, latest) = (self.call(call)?, self.executed(returned.command)?);
        let Executed { conn: elsewhere, key: wanted, .. } = Executed::of(&latest);
        let own = self.own_commands(&began, asked, entry);
        let mut own: Vec<_> = own.iter().map(|own| Executed::of(own).conn).collect();
        // The cache may not have carried out the call's own command yet.
        own.extend(self.reused(call, None).map(|reused| Reused::of(&reused).conn));
        if returned.written_for.is_none_or(|key| key == asked) || own.contains(&elsewhere) {
            return None;
        }
        let mut taken = Vec::new();
        // A command for several keys names the first.
        let is_wanted = |key: KeyId| key == wanted || Some(key) == returned.written_for;
        for past in self.0.latest().skip_while(|past| *past != entry).skip(1) {
            match past.what {
                Fact::Value { returned, .. } => taken.push(returned.command),
                // Before this write, the key had another value.
                Fact::Executed { op: CacheOp::Set, key, .. } if is_wanted(key) => return None,
                Fact::Executed { command, conn, call: answered, key, hit: true, .. }
                    if is_wanted(key)
                        && answered != call
                        && own.contains(&conn)
                        && !taken.contains(&command) =>
                {
                    return Some(Returned { command, answered, ..returned });
                }
                _ => {}
            }
        }
        None
    }

    /// Returns whether a call is known to have sent a command that no cache has carried out: the
    /// command went out behind an unread reply, or the call answered before its own reply arrived.
    fn has_sent(self, wanted: CallId) -> bool {
        let sent = self.find(|entry| match entry.what {
            Fact::Reused { call, .. } | Fact::Unfounded { call, .. } => call == wanted,
            _ => false,
        });
        sent.is_some()
    }

    /// Returns whether a command on a connection was answered with an error since a call began.
    fn has_refused(self, wanted: ConnId, began: &Entry) -> bool {
        let refused = self.find(|entry| {
            entry.at_ms >= began.at_ms
                && matches!(entry.what, Fact::Rejected { conn, .. } if conn == wanted)
        });
        refused.is_some()
    }

    /// Returns how many bytes that no call wrote a call returned for a key.
    pub(super) fn unwritten(self, wanted: CallId, asked: KeyId) -> Option<u32> {
        self.find_map(|entry| match entry.what {
            Fact::Unwritten { call, key, bytes } if (call, key) == (wanted, asked) => Some(bytes),
            _ => None,
        })
    }

    /// Returns the length of the value that a cache sent in its answer to a command, if it was
    /// long.
    fn long_value(self, wanted: ConnId, answered: &Entry) -> Option<u32> {
        self.find_map(|entry| match entry.what {
            Fact::LongValue { conn, bytes } if conn == wanted && entry.at_ms == answered.at_ms => {
                Some(bytes)
            }
            _ => None,
        })
    }

    /// Returns the latest calls that wrote a key, each with the times and names of what it stored.
    fn writes(self, asked: KeyId, until: &Entry) -> Vec<(Entry, Vec<(u64, KeyId)>)> {
        let past = self.0.latest().skip_while(|entry| *entry != until);
        let began = past.filter(|entry| {
            matches!(entry.what, Fact::CallBegan { op: CacheOp::Set, key, .. } if key == asked)
        });
        let mut writes: Vec<_> =
            began.take(MAX_WRITES).map(|began| (*began, self.parts(began))).collect();
        writes.retain(|(_, parts)| !parts.is_empty());
        writes.reverse();
        writes
    }

    /// Returns the times and names of what a call stored.
    fn parts(self, began: &Entry) -> Vec<(u64, KeyId)> {
        let own = CallBegan::of(began).call;
        let parts = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Executed { op: CacheOp::Set, call, key, .. } if call == own => {
                Some((entry.at_ms, key))
            }
            _ => None,
        });
        let mut parts: Vec<_> = parts.collect();
        parts.reverse();
        parts
    }

    /// Returns the call for which a value was read that another returned: the one that the wire
    /// shows, or else the latest of the same client that had asked for the key when the cache
    /// answered.
    fn reader_of(self, entry: &Entry, brought: &Entry) -> Option<CallId> {
        let Value { call: own, asked, .. } = Value::of(entry);
        if let call @ CallId(1..) = Executed::of(brought).call {
            return Some(call);
        }
        let before = self.0.latest().skip_while(|past| *past != brought);
        let mut asking = before.filter_map(|past| match past.what {
            Fact::CallBegan { op, call, key, .. }
                if op.reads() && past.node == entry.node && key == asked && call != own =>
            {
                Some(call)
            }
            _ => None,
        });
        asking.next()
    }

    /// Returns where a value of the reply to `command` was first handed to the call that asked for
    /// its key.
    fn first_handed(self, entry: &Entry, command: CommandId) -> Option<Entry> {
        let own = Value::of(entry).call;
        self.find(|earlier| {
            earlier.node == entry.node
                && matches!(earlier.what, Fact::Value { call, asked, returned }
                    if returned.command == command
                        && call != own
                        && returned.written_for == Some(asked))
        })
    }
}

#[cfg(test)]
mod tests;
