//! Searches the past backwards for the entry that carries an id.

use crosswire_history::journal::RecentView;
use crosswire_history::{
    CallId, CommandId, ConnId, Entry, EventId, Exposure as How, Fact, KeyId, NodeId, NodeKind,
    Outcome, RequestId, Returned, Sent, UserId,
};
use std::collections::BTreeSet;

/// The latest entries. A question has no answer if the ring no longer holds it.
#[derive(Clone, Copy)]
pub(super) struct Search<'a>(pub(super) RecentView<'a>);

impl Search<'_> {
    /// Returns the latest entry that `wanted` accepts.
    pub(super) fn find(self, mut wanted: impl FnMut(&Entry) -> bool) -> Option<Entry> {
        self.0.latest().find(|entry| wanted(entry)).copied()
    }

    /// Returns what `wanted` makes of the latest entry of which it makes anything.
    pub(super) fn find_map<T>(self, wanted: impl FnMut(&Entry) -> Option<T>) -> Option<T> {
        self.0.latest().find_map(wanted)
    }

    /// Returns where the request was issued or, for a gateway's job, begun.
    pub(super) fn request(self, request: RequestId) -> Option<Entry> {
        if request == crosswire_history::fact::NO_REQUEST {
            return None;
        }
        let about = |entry: &Entry| entry.request == request;
        self.find(|entry| about(entry) && matches!(entry.what, Fact::Issued { .. })).or_else(|| {
            self.find(|entry| about(entry) && matches!(entry.what, Fact::Arrived { .. }))
        })
    }

    /// Returns where the call began.
    pub(super) fn call(self, wanted: CallId) -> Option<Entry> {
        self.find(|entry| matches!(entry.what, Fact::CallBegan { call, .. } if call == wanted))
    }

    /// Returns where the call ended.
    pub(super) fn ended(self, wanted: CallId) -> Option<Entry> {
        self.find(|entry| matches!(entry.what, Fact::CallEnded { call, .. } if call == wanted))
    }

    /// Returns how the request ended for the device that had sent it, up to `at_ms`.
    pub(super) fn settled(self, request: RequestId, at_ms: u64) -> Option<Outcome> {
        self.find_map(|entry| match entry.what {
            Fact::Settled { outcome, .. } if entry.request == request && entry.at_ms <= at_ms => {
                Some(outcome)
            }
            _ => None,
        })
    }

    /// Returns where the call wrote on that connection, or on any, with replies outstanding.
    pub(super) fn reused(self, wanted: CallId, on: Option<ConnId>) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, Fact::Reused { call, conn, .. }
                if call == wanted && on.is_none_or(|on| on == conn))
        })
    }

    /// Returns where the call ended, if it had when `then` was written.
    pub(super) fn ended_before(self, wanted: CallId, then: &Entry) -> Option<Entry> {
        let earlier = self.0.latest().skip_while(|entry| *entry != then);
        let mut ends = earlier
            .filter(|entry| matches!(entry.what, Fact::CallEnded { call, .. } if call == wanted));
        ends.next().copied()
    }

    /// Returns whether the call had begun and not ended when `then` was written.
    pub(super) fn is_open(self, call: CallId, then: &Entry) -> bool {
        self.call(call).is_some() && self.ended_before(call, then).is_none()
    }

    /// Returns where a cache first answered the call with an error.
    pub(super) fn rejected(self, wanted: CallId) -> Option<Entry> {
        let of_call =
            |entry: &&Entry| matches!(entry.what, Fact::Rejected { call, .. } if call == wanted);
        self.0.latest().filter(of_call).last().copied()
    }

    /// Returns the cache node at the other end of a connection.
    pub(super) fn cache_of(self, wanted: ConnId) -> Option<NodeId> {
        self.find_map(|entry| match entry.what {
            Fact::Connected { conn, cache } if conn == wanted => {
                Some(NodeId::new(NodeKind::Cache, cache))
            }
            Fact::Executed { conn, .. } if conn == wanted => Some(entry.node),
            _ => None,
        })
    }

    /// Returns where a cache carried out the command.
    pub(super) fn executed(self, wanted: CommandId) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, Fact::Executed { command, .. } if command == wanted && command.0 != 0)
        })
    }

    /// Returns where a cache last carried out a command of a call on this key alone, except the
    /// call `but`: the command has the key under its name on the wire.
    pub(super) fn on_the_wire(self, wanted: KeyId, but: CallId) -> Option<Entry> {
        let calls = self.0.latest().filter_map(|entry| match entry.what {
            Fact::CallBegan { call, key, keys: 1, .. } if key == wanted && call != but => {
                Some(call)
            }
            _ => None,
        });
        let calls: BTreeSet<_> = calls.collect();
        self.find(
            |entry| matches!(entry.what, Fact::Executed { call, .. } if calls.contains(&call)),
        )
    }

    /// Returns where the event was last listed to this user, up to `at_ms`.
    pub(super) fn listed(self, person: UserId, event: EventId, at_ms: u64) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, Fact::Delivered { user, origin: Some(origin), how: How::Listed, .. }
                if user == person && origin.event == event && entry.at_ms <= at_ms)
        })
    }

    /// Returns a value that the client had kept, for a key that `fits`, in a request up to `at_ms`.
    pub(super) fn kept_value(
        self,
        request: RequestId,
        at_ms: u64,
        fits: impl Fn(KeyId) -> bool,
    ) -> Option<Entry> {
        self.find(|entry| {
            entry.request == request
                && entry.at_ms <= at_ms
                && matches!(entry.what, Fact::Value { asked, returned, .. }
                    if returned.command.0 == 0 && fits(asked))
        })
    }

    /// Returns the wrong value that misled a request, up to `at_ms`: the latest whose requested key
    /// `fits`, or else the latest of all.
    pub(super) fn wrong_value(
        self,
        request: RequestId,
        at_ms: u64,
        fits: impl Fn(KeyId) -> bool,
    ) -> Option<Entry> {
        if request == crosswire_history::fact::NO_REQUEST {
            return None;
        }
        let mut latest = None;
        for entry in self.0.latest().filter(|entry| entry.request == request) {
            let key = match entry.what {
                Fact::Value { call, asked, returned } if is_wrong(call, asked, returned) => asked,
                Fact::Unfounded { key, .. } => key,
                // A value from before the request began cannot have misled it.
                Fact::Issued { .. } => break,
                _ => continue,
            };
            if entry.at_ms > at_ms {
                continue;
            }
            if fits(key) {
                return Some(*entry);
            }
            latest.get_or_insert(*entry);
        }
        latest
    }
}

/// Returns whether a call returned another key's value, or the answer to another call.
fn is_wrong(call: CallId, asked: KeyId, returned: Returned) -> bool {
    let foreign = matches!(returned.sent, Sent::Before | Sent::Kept) && returned.answered != call;
    foreign || returned.written_for != Some(asked)
}
