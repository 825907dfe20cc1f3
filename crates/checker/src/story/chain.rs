//! Chains of calls on one connection that each read the reply to the one before and left their own.

use super::search::Search;
use crosswire_history::{CallId, CallOutcome, ConnId, Entry, Fact};

/// A call that read the reply to the one before and left its own.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) call: CallId,
    /// The call before.
    pub(super) of: CallId,
    /// When the call went out or, if the client had the reply to the one before by then, answered.
    pub(super) at_ms: u64,
    /// The client had received that reply when the call went out.
    pub(super) received: bool,
}

impl Search<'_> {
    /// Returns the chain of calls that left `last`'s reply unread on the connection: the first
    /// call, and each that followed, `last` included. The first may be `last` itself.
    pub(super) fn chain(self, last: CallId, on: ConnId) -> (CallId, Vec<Link>) {
        let (mut call, mut links) = (last, Vec::new());
        while let Some(link) = self.link(call, on) {
            let is_new = links.iter().all(|known: &Link| known.call != link.call);
            if !is_new {
                break;
            }
            links.push(link);
            call = link.of;
        }
        links.reverse();
        (call, links)
    }

    /// Returns the link of a call that read the reply to another call on a connection.
    fn link(self, wanted: CallId, on: ConnId) -> Option<Link> {
        let mut answered = None;
        for entry in self.0.latest() {
            match entry.what {
                Fact::Reused { conn, call, of, .. } if (conn, call) == (on, wanted) => {
                    return Some(Link { call, of, at_ms: entry.at_ms, received: false });
                }
                Fact::Unfounded { call, conn, .. } if (conn, call) == (on, wanted) => {
                    answered = Some(entry);
                }
                // A dropped call read nothing, no matter what it found there.
                Fact::CallEnded { call, outcome: CallOutcome::Cancelled { unread, conn } }
                    if (conn, call) == (on, wanted) && unread > 0 =>
                {
                    return None;
                }
                Fact::CallBegan { call, .. } if call == wanted => break,
                _ => {}
            }
        }
        // It answered before the cache had, from what the client had received.
        let answered = answered?;
        let of = self.answered_last(wanted, on, answered)?;
        Some(Link { call: wanted, of, at_ms: answered.at_ms, received: true })
    }

    /// Returns the call whose command a cache had carried out last on a connection before `until`,
    /// if the wire shows it, and none of the call `but`.
    fn answered_last(self, but: CallId, on: ConnId, until: &Entry) -> Option<CallId> {
        let past = self.0.latest().skip_while(|entry| *entry != until);
        let mut answered = past.filter_map(|entry| match entry.what {
            Fact::Executed { conn, call, .. } if conn == on => Some(call),
            _ => None,
        });
        let last = answered.next().filter(|call| call.0 != 0 && *call != but)?;
        if answered.any(|call| call == but) { None } else { Some(last) }
    }
}
