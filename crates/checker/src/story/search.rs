//! Looking up causes: walks the past backwards for the entry that brought an id.

use crosswire_history::journal::Past;
use crosswire_history::{
    CallId, CallOutcome, CommandId, ConnId, Entry, EventId, Exposure as How, KeyId, RequestId,
    UserId, What,
};

/// The latest entries. Each question has an answer, or none if the ring no longer holds it.
#[derive(Clone, Copy)]
pub(super) struct Search<'a>(pub(super) &'a Past);

impl Search<'_> {
    /// The latest entry that `wanted` accepts.
    pub(super) fn find(self, mut wanted: impl FnMut(&Entry) -> bool) -> Option<Entry> {
        self.0.latest().find(|entry| wanted(entry)).copied()
    }

    /// Where the request was issued or, for a gateway's own job, begun.
    pub(super) fn request(self, request: RequestId) -> Option<Entry> {
        if request == crosswire_history::what::NOBODY {
            return None;
        }
        let about = |entry: &Entry| entry.request == request;
        self.find(|entry| about(entry) && matches!(entry.what, What::Issued { .. })).or_else(|| {
            self.find(|entry| about(entry) && matches!(entry.what, What::Arrived { .. }))
        })
    }

    /// Where the call began.
    pub(super) fn call(self, wanted: CallId) -> Option<Entry> {
        self.find(|entry| matches!(entry.what, What::CallBegan { call, .. } if call == wanted))
    }

    /// Where the call was dropped with replies to come.
    pub(super) fn cancelled(self, wanted: CallId) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, What::CallEnded { call, outcome: CallOutcome::Cancelled { unread, .. } }
                if call == wanted && unread > 0)
        })
    }

    /// The latest call that was dropped on the connection with replies to come, up to `at_ms`.
    pub(super) fn cancelled_on(self, wanted: ConnId, at_ms: u64) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, What::CallEnded { outcome: CallOutcome::Cancelled { unread, conn }, .. }
                if conn == wanted && unread > 0 && entry.at_ms <= at_ms)
        })
    }

    /// Where the call wrote on a connection with replies to come.
    pub(super) fn reused(self, wanted: CallId) -> Option<Entry> {
        self.find(|entry| matches!(entry.what, What::Reused { call, .. } if call == wanted))
    }

    /// Where a cache carried out the command.
    pub(super) fn executed(self, wanted: CommandId) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, What::Executed { command, .. } if command == wanted && command.0 != 0)
        })
    }

    /// Where the event was listed to this person, up to `at_ms`.
    pub(super) fn listed(self, person: UserId, event: EventId, at_ms: u64) -> Option<Entry> {
        self.find(|entry| {
            matches!(entry.what, What::Delivered { user, origin: Some(origin), how: How::Listed, .. }
                if user == person && origin.event == event && entry.at_ms <= at_ms)
        })
    }

    /// The wrong value that misled a request, up to `at_ms`: the latest for which `fits` holds of
    /// the key that was asked for, or else the latest.
    pub(super) fn wrong_value(
        self,
        request: RequestId,
        at_ms: u64,
        fits: impl Fn(KeyId) -> bool,
    ) -> Option<Entry> {
        if request == crosswire_history::what::NOBODY {
            return None;
        }
        let mut latest = None;
        for entry in self.0.latest().filter(|entry| entry.request == request) {
            let key = match entry.what {
                What::Value { call, asked, returned } => {
                    let foreign = returned.command.0 != 0
                        && returned.answered.0 != 0
                        && returned.answered != call;
                    (foreign || returned.written_for != Some(asked)).then_some(asked)
                }
                What::Unfounded { key, .. } => Some(key),
                // What came before the request began cannot have misled it.
                What::Issued { .. } => break,
                _ => None,
            };
            let Some(key) = key.filter(|_| entry.at_ms <= at_ms) else { continue };
            if fits(key) {
                return Some(*entry);
            }
            latest.get_or_insert(*entry);
        }
        latest
    }
}
