//! Explains mistakes in what a client offers beyond the basic calls: parts of a batch, numbers of
//! counters, keys that are known to be absent, and lives that were set.

use super::builder::{StoryBuilder, seconds};
use super::known::{CallBegan, Executed, Value};
use super::search::Search;
use crosswire_history::{CacheOp, CallId, CommandId, Entry, Fact, KeyId, Sent};

impl StoryBuilder<'_> {
    /// Explains a wrong answer of a call that only some clients offer, or a value that a part of a
    /// batch stored under another part's key. Returns whether the answer is one of these.
    pub(super) fn offered(&mut self, entry: &Entry) -> bool {
        self.miscounted(entry) || self.never_noted(entry) || self.misfiled(entry)
    }

    /// Explains the number of a counter.
    fn miscounted(&mut self, entry: &Entry) -> bool {
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        let search = self.search();
        if search.call(call).is_none_or(|began| CallBegan::of(&began).op != CacheOp::Incr) {
            return false;
        }
        self.call_began(call, None);
        self.executed(returned);
        let number = search.number(returned.command);
        let number = number.map_or("a number".to_owned(), |number| format!("the number {number}"));
        let taker = search.find(|earlier| {
            *earlier != *entry
                && matches!(earlier.what, Fact::Value { returned: other, .. }
                    if other.command == returned.command && returned.command.0 > 0)
        });
        let key = self.key(asked);
        let whose = match (returned.written_for, taker) {
            (None, _) => "that no reply to its gateway had".to_owned(),
            (Some(other), _) if other != asked => format!("of {}", self.key(other)),
            (_, Some(taker)) => format!("that {} has taken already", Value::of(&taker).call),
            (_, None) if returned.sent == Sent::Before => {
                "in the reply to a command from before the call".to_owned()
            }
            _ => "of that counter".to_owned(),
        };
        self.because("another call's number");
        self.add(entry.at_ms, format!("{call} returns for {key} {number} {whose}"));
        true
    }

    /// Explains an answer that a key is known to be absent, which no call has noted.
    fn never_noted(&mut self, entry: &Entry) -> bool {
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        if returned.written_for.is_some() || !self.search().is_absent(call) {
            return false;
        }
        self.because("absent without a note");
        self.call_began(call, None);
        let own = self.search().find(|executed| {
            matches!(executed.what, Fact::Executed { call: of, hit: false, .. } if of == call)
        });
        if let Some(own) = own {
            self.add(own.at_ms, format!("{} has nothing for {call}", own.node));
        }
        let key = self.key(asked);
        let line =
            format!("{call} answers that {key} is known to be absent, which no call has noted");
        self.add(entry.at_ms, line);
        true
    }

    /// Explains a value that a part of a batch stored under the key of another part.
    fn misfiled(&mut self, entry: &Entry) -> bool {
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        let (search, part) = (self.search(), returned.written_by);
        let Some(written_for) = returned.written_for.filter(|key| *key != asked) else {
            return false;
        };
        let Some(stored) = search.stored_by(part).filter(|set| Executed::of(set).key == asked)
        else {
            return false;
        };
        let Some(batch) = search.batch_of(part) else { return false };
        self.because("stored under another part's key");
        self.call_began(batch, None);
        let (node, value, key) = (stored.node, self.key(written_for), self.key(asked));
        let line = format!("{node} stores the value of {value} under {key} for {part} of {batch}");
        self.add(stored.at_ms, line);
        self.call_began(call, None);
        self.add(entry.at_ms, self.handed_over(call, asked, returned));
        true
    }

    /// Describes what a read returned: a value, or that the key is absent.
    pub(super) fn returned(&self, call: CallId, asked: KeyId, writer: &str) -> String {
        let key = self.key(asked);
        if self.search().is_absent(call) {
            return format!("{call} answers that {key} is known to be absent, a note {writer}");
        }
        format!("{call} returns the value of {key} {writer}")
    }

    /// Adds a touch that gave a stored value a longer life than the service asked for.
    pub(super) fn touched_too_long(&mut self, set: &Entry) {
        let name = Executed::of(set).key;
        let long = self.search().find_map(|entry| match entry.what {
            Fact::LongLife { call, key, asked_ms, life_ms }
                if key == name && entry.node == set.node && entry.at_ms >= set.at_ms =>
            {
                let began = self.search().call(call)?;
                let op = CallBegan::of(&began).op;
                let sets = matches!(op, CacheOp::GetEx | CacheOp::Expire);
                if sets { Some((*entry, call, asked_ms, life_ms)) } else { None }
            }
            _ => None,
        });
        let Some((entry, call, asked_ms, life_ms)) = long else { return };
        self.because("a life set too long");
        self.call_began(call, None);
        let (node, key, asked) = (entry.node, self.key(name), seconds(asked_ms));
        let life = life_ms.map_or("ever".to_owned(), |life_ms| format!("{} s", seconds(life_ms)));
        self.add(
            entry.at_ms,
            format!("{node} keeps {key} for {life} from now, {asked} s were asked for"),
        );
    }
}

impl Search<'_> {
    /// Returns whether a call answered that its key is known to be absent.
    pub(super) fn is_absent(self, wanted: CallId) -> bool {
        self.find(|entry| matches!(entry.what, Fact::KnownAbsent { call, .. } if call == wanted))
            .is_some()
    }

    /// Returns the number in the reply to a command on a counter.
    fn number(self, wanted: CommandId) -> Option<i64> {
        self.find_map(|entry| match entry.what {
            Fact::Counted { command, number, .. } if command == wanted => Some(number),
            _ => None,
        })
    }

    /// Returns where a cache stored the value that a call writes.
    fn stored_by(self, writer: CallId) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, Fact::Executed { op: CacheOp::Set, call, .. } if call == writer)
        })
    }

    /// Returns the batch that a call is a part of: its parts begin right after it.
    fn batch_of(self, part: CallId) -> Option<CallId> {
        let began = self.call(part)?;
        self.find_map(|entry| match entry.what {
            Fact::CallBegan { op: CacheOp::Mset | CacheOp::Mdel, call, keys, .. }
                if entry.request == began.request
                    && entry.node == began.node
                    && (call.0 + 1..=call.0 + u32::from(keys)).contains(&part.0) =>
            {
                Some(call)
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
