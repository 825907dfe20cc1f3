//! Values from the client's memory: evidence that no cache answered the call with them, the read
//! that brought them to the client, and how a write of the client passed them by.

use super::builder::{StoryBuilder, seconds};
use super::known::{CallBegan, Executed, Served, Value};
use super::search::Search;
use crosswire_history::{CacheOp, CallId, CommandId, Entry, Fact, KeyId, RequestId};

/// The answers of the caches to a call by some time.
#[derive(Default)]
struct Answers {
    /// A command that brings no value, such as STRLEN.
    served: Option<Entry>,
    /// An error.
    rejected: Option<Entry>,
    /// A command for keys.
    executed: Option<Entry>,
}

impl StoryBuilder<'_> {
    /// Explains where the client got a value that no reply to the call brought. `own` is the
    /// client's write that the value outlived.
    pub(super) fn remembered(&mut self, entry: &Entry, own: Option<CallId>) {
        let Value { call, asked, returned } = Value::of(entry);
        self.because("a value kept by the client");
        if let Some(read) = self.search().read_before(entry) {
            self.was_read(&read, entry, own);
        } else if let Some(written) = self.search().written_here(entry) {
            let (writer, key) = (returned.written_by, self.key(asked));
            let line = format!("{writer} writes that value of {key}; the client keeps it");
            self.add_aside(written.at_ms, line);
            self.kept_over(own);
        }
        let Some(began) = self.search().call(call) else { return };
        self.call_began(call, None);
        let answers = self.search().answers_to(&began, asked, entry);
        let memory = "out of the client's memory";
        let line = if let Some(executed) = answers.executed {
            self.because("own reply not used");
            let Executed { hit, key, .. } = Executed::of(&executed);
            let under =
                if key == asked { String::new() } else { format!(" for {}", self.key(key)) };
            let what = if hit { "a value" } else { "that it has nothing" };
            let answers = format!("{} answers {call} itself with {what}{under}", executed.node);
            format!("{answers}, but {call} returns a value {memory}")
        } else if let Some(rejected) = answers.rejected {
            self.because("command rejected");
            let node = rejected.node;
            format!("{node} answers {call} with an error, and {call} returns a value {memory}")
        } else if let Some(served) = answers.served {
            self.because("another command than a read");
            let text = self.key(Served::of(&served).text);
            format!("the caches have answered only {text} for {call}: its value is {memory}")
        } else if entry.at_ms > began.at_ms {
            self.because("no reply in time");
            let waited = seconds(entry.at_ms - began.at_ms);
            format!("no cache has answered {call} within {waited} s: its value is {memory}")
        } else {
            self.because("returned at once");
            format!("no cache has answered {call}, which returns at once: its value is {memory}")
        };
        self.add(entry.at_ms, line);
        if returned.written_for.is_none() {
            self.because("written by no call");
        }
    }

    /// Adds the read that brought the value to the client, in relation to the client's write.
    fn was_read(&mut self, read: &Entry, entry: &Entry, own: Option<CallId>) {
        let Value { call: reader, asked, .. } = Value::of(read);
        let (search, key) = (self.search(), self.key(asked));
        let written = own.and_then(|own| search.call(own));
        let overtaken = written.is_some_and(|written| search.is_before(&written, read));
        let read_line = format!("{reader} brings the client that value of {key}");
        let by = match own {
            Some(own) if overtaken => Some(own.to_string()),
            Some(_) => None,
            None => search.forgotten_during(reader, read).map(|request| request.to_string()),
        };
        if let Some(by) = by {
            self.because("read overtaken by a write");
            self.call_began(reader, None);
            self.add(
                read.at_ms,
                format!("{read_line}: a read that {by} has overtaken, and it is kept all the same"),
            );
            return;
        }
        self.add(read.at_ms, format!("{read_line}; the client keeps it"));
        self.kept_over(own);
        let (held_ms, most_ms) = (entry.at_ms - read.at_ms, self.context.bounds.freshness_ms);
        if held_ms > most_ms {
            self.because("kept too long");
            let (held, most) = (seconds(held_ms), seconds(most_ms));
            self.add(
                entry.at_ms,
                format!(
                    "the client has kept it for {held} s; nothing may live longer than {most} s"
                ),
            );
        }
    }

    /// Notes that the client kept the value over its write.
    fn kept_over(&mut self, own: Option<CallId>) {
        if let Some(own) = own {
            self.because("kept over an own write");
            self.nothing_to_delete(own);
        }
    }

    /// Adds that the caches had nothing to delete when the client's delete arrived.
    fn nothing_to_delete(&mut self, own: CallId) {
        let found = self.search().find(|entry| {
            matches!(entry.what, Fact::Executed { op: CacheOp::Del, call, hit: false, .. }
                if call == own)
        });
        if let Some(found) = found {
            self.because("nothing to delete");
            let (node, key) = (found.node, self.key(Executed::of(&found).key));
            self.add(found.at_ms, format!("{node} finds no {key} to delete for {own}"));
        }
    }
}

impl Search<'_> {
    /// Returns where a reply last brought the same write's value to the same client, before
    /// `entry`.
    fn read_before(self, entry: &Entry) -> Option<Entry> {
        let kept = Value::of(entry).returned;
        kept.written_for?;
        self.find(|earlier| {
            earlier.node == entry.node
                && earlier.at_ms <= entry.at_ms
                && matches!(earlier.what, Fact::Value { returned, .. }
                    if returned.written_by == kept.written_by && returned.command != CommandId(0))
        })
    }

    /// Returns where a call of the same client wrote the value, before `entry`.
    fn written_here(self, entry: &Entry) -> Option<Entry> {
        let kept = Value::of(entry).returned;
        kept.written_for?;
        self.call(kept.written_by).filter(|began| began.node == entry.node)
    }

    /// Returns when the client last received a value that a call returned, as far as that is known.
    pub(super) fn came_at(self, entry: &Entry) -> u64 {
        let returned = Value::of(entry).returned;
        if returned.command != CommandId(0) {
            return self.executed(returned.command).map_or(entry.at_ms, |executed| executed.at_ms);
        }
        let read = self.read_before(entry);
        let written = || {
            self.written_here(entry)?;
            self.ended(returned.written_by)
        };
        read.or_else(written).map_or(entry.at_ms, |brought| brought.at_ms)
    }

    /// Returns the request that invalidated a key while `reader`'s read of it was in progress, if
    /// one did.
    fn forgotten_during(self, reader: CallId, read: &Entry) -> Option<RequestId> {
        let asked = Value::of(read).asked;
        let began = self.call(reader)?;
        let span = self.0.latest().skip_while(|entry| *entry != read);
        let mut span = span.take_while(|entry| **entry != began);
        let is_its =
            |entry: &&Entry| matches!(entry.what, Fact::Invalidated { key, .. } if key == asked);
        span.find(is_its).map(|forgotten| forgotten.request)
    }

    /// Returns whether one entry was written before another.
    pub(super) fn is_before(self, one: &Entry, other: &Entry) -> bool {
        let found = self.find(|entry| entry == one || entry == other);
        found.is_some_and(|found| found == *other)
    }

    /// Returns the caches' answers to a call before `until`, as far as the wire or the key shows
    /// which call they were for.
    fn answers_to(self, began: &Entry, asked: KeyId, until: &Entry) -> Answers {
        let own = CallBegan::of(began).call;
        let mut answers = Answers::default();
        for entry in self.0.latest().skip_while(|entry| *entry != until) {
            match entry.what {
                Fact::Served { call, .. } if call == own => {
                    answers.served.get_or_insert(*entry);
                }
                Fact::Rejected { call, .. } if call == own => {
                    answers.rejected.get_or_insert(*entry);
                }
                Fact::Executed { call, key, .. }
                    if call == own
                        || (call.0 == 0 && key == asked && self.may_be_of(began, entry)) =>
                {
                    answers.executed.get_or_insert(*entry);
                }
                _ if entry == began => break,
                _ => {}
            }
        }
        answers
    }

    /// Returns whether a command on a connection may be one of the gateway where the call began.
    pub(super) fn may_be_of(self, began: &Entry, executed: &Entry) -> bool {
        self.made(Executed::of(executed).conn).is_none_or(|made| made.node == began.node)
    }
}

#[cfg(test)]
mod tests;
