//! Replies swapped on one connection: one call takes the reply to another that still waits there,
//! and the other one is left with a later reply.

use super::builder::StoryBuilder;
use super::known::{Executed, Reused, Value};
use super::search::Search;
use super::shift::is_dropped;
use crosswire_history::{CallId, ConnId, Entry, Fact};

impl StoryBuilder<'_> {
    /// Explains a value of a reply that came behind the call's `own` reply on one connection, if
    /// another call went out there while this one waited. Returns whether that happened.
    pub(super) fn swapped(&mut self, entry: &Entry, own: &Entry, brought: &Entry) -> bool {
        let Value { call, returned, .. } = Value::of(entry);
        let Executed { conn, command, .. } = Executed::of(own);
        let search = self.search();
        let Some(joined) = search.joined(call, conn, entry) else { return false };
        self.because("another's reply");
        self.call_began(call, Some(conn));
        self.went_out(&joined);
        let node = own.node;
        self.add_aside(own.at_ms, format!("{node} answers {call} on {conn}"));
        if let Some((taken_ms, taker)) = search.taker(command, entry)
            && taker != call
        {
            self.add(taken_ms, format!("{taker} takes the reply to {call}"));
        }
        let other = returned.answered;
        if let Some(reused) = search.reused(other, Some(conn)) {
            self.went_out(&reused);
        }
        if let Some(ended) = search.ended(other).filter(is_dropped)
            && ended.at_ms <= brought.at_ms
        {
            self.because("call dropped");
            let why = search.reason(&ended).unwrap_or_default();
            let line = format!("{why}{other} is dropped; its reply is still to come on {conn}");
            self.add(ended.at_ms, line);
        }
        self.executed(returned);
        true
    }
}

impl Search<'_> {
    /// Returns where another call first went out on a connection while `waiting` was open and its
    /// reply outstanding there, up to `until`.
    fn joined(self, waiting: CallId, on: ConnId, until: &Entry) -> Option<Entry> {
        let past = self.0.latest().skip_while(|entry| *entry != until);
        let joined = past.filter(|entry| match entry.what {
            Fact::Reused { conn, of, .. } => conn == on && of == waiting,
            _ => false,
        });
        let first = joined.last().copied()?;
        let Reused { call, of, .. } = Reused::of(&first);
        if call != of && self.is_open(of, &first) { Some(first) } else { None }
    }

    /// Returns whether another call returned a value of the same reply as `entry`.
    pub(super) fn is_shared(self, entry: &Entry) -> bool {
        let Value { call: own, returned: wanted, .. } = Value::of(entry);
        let found = self.find(|past| {
            matches!(past.what, Fact::Value { call, returned, .. }
                if call != own && returned.command == wanted.command)
        });
        found.is_some()
    }
}
