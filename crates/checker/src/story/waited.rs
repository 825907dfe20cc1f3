//! Calls that waited for their connection: when they began is not when they went out.

use super::search::Search;
use crosswire_history::{CallId, ConnId, Entry, Fact, NodeId};

/// A call that began before it had its connection.
#[derive(Clone, Copy)]
pub(super) struct Waited {
    /// When it went out, if an edge saw that, or else when the cache answered it.
    pub(super) at_ms: u64,
    /// The cache's answer, if no edge saw when the call went out.
    pub(super) answered: Option<Entry>,
}

impl Search<'_> {
    /// Returns when a call went out on a connection, if it had waited for it: an edge saw it go out
    /// later than it began, or the cache answered another call there in between. Where a connection
    /// has one borrower at a time, an edge reports each call that goes out behind an unread reply.
    pub(super) fn waited(self, wanted: CallId, on: ConnId) -> Option<Waited> {
        let began = self.call(wanted)?;
        if let Some(sent) = self.reused(wanted, Some(on)) {
            let later = sent.at_ms > began.at_ms;
            return if later { Some(Waited { at_ms: sent.at_ms, answered: None }) } else { None };
        }
        let own = self.find(|entry| {
            matches!(entry.what, Fact::Executed { conn, call, .. } if (conn, call) == (on, wanted))
        })?;
        let between = self.0.latest().skip_while(|entry| **entry != own).skip(1);
        let mut between = between.take_while(|entry| **entry != began);
        let has_answered = between.any(|entry| match entry.what {
            Fact::Executed { conn, call, .. } => conn == on && call.0 != 0 && call != wanted,
            _ => false,
        });
        if !has_answered || !self.is_exclusive(began.node) {
            return None;
        }
        Some(Waited { at_ms: own.at_ms, answered: Some(own) })
    }

    /// Returns whether the edges of a gateway have reported a second borrower, as they do only for
    /// a client that promises one at a time.
    fn is_exclusive(self, gateway: NodeId) -> bool {
        let reported = self.find(|entry| {
            entry.node == gateway
                && matches!(entry.what, Fact::Reused { .. } | Fact::Unfounded { .. })
        });
        reported.is_some()
    }
}

#[cfg(test)]
mod tests;
