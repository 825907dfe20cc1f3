//! Replies for which a call did not wait: what it read instead, or left unread.

use super::builder::{StoryBuilder, seconds};
use super::known::{CallBegan, Disconnected};
use super::search::Search;
use super::shift::{is_dropped, surely_right};
use crosswire_history::{CallId, CallOutcome, ConnId, Entry, Fact, KeyId, Point};

impl StoryBuilder<'_> {
    /// Explains a call that answered without having read a reply to its end on `conn`: what the
    /// node did there, and how long the call had waited.
    pub(super) fn unheard(&mut self, (call, asked): (CallId, KeyId), conn: ConnId, entry: &Entry) {
        let search = self.search();
        let Some(began) = search.call(call) else { return };
        if self.kept_bytes(&began, conn, entry) {
            return;
        }
        let lost = search.lost_before(conn).filter(|(lost, _)| lost.at_ms + 2_000 > began.at_ms);
        let since_ms =
            lost.as_ref().map_or(began.at_ms, |(lost, _)| lost.at_ms.saturating_sub(100));
        let split = search.split(conn, since_ms, entry);
        if let Some(split) = split {
            self.because("reply in two pieces");
            self.add(split.at_ms, format!("{} sends a reply in two pieces", split.node));
        }
        if let (Some((lost, made)), true) = (lost, split.is_some()) {
            self.because("connection lost");
            let (node, old) = (lost.node, Disconnected::of(&lost).conn);
            self.add(lost.at_ms, format!("{node} loses {old} in the middle of a reply"));
            self.add(made.at_ms, format!("{node} makes {conn} in its place"));
            return;
        }
        let own = search.own_commands(&began, asked, entry);
        if let (Some(own), None) = (own.last(), split) {
            self.because("reply not read to its end");
            self.add(own.at_ms, format!("{} answers {call} on {conn}", own.node));
            self.asked_again(&began, conn, entry);
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

    /// Explains a call that answered after another call's reply had arrived on a new connection,
    /// and before its command was carried out: bytes of the lost connection seem to precede the
    /// replies there. Returns whether that happened.
    pub(super) fn kept_bytes(&mut self, began: &Entry, conn: ConnId, entry: &Entry) -> bool {
        if gave_up(began, entry) {
            return false;
        }
        let CallBegan { call, key, .. } = CallBegan::of(began);
        let search = self.search();
        let Some((lost, made)) = search.lost_before(conn) else { return false };
        let old = Disconnected::of(&lost).conn;
        let is_own = !search.own_commands(began, key, entry).is_empty();
        let Some((brought, other)) = search.answered_on(conn, began, entry) else { return false };
        let is_known = search.has_gone_right(conn, entry) || search.has_reply_of_none(conn, entry);
        if is_own || other == call || is_known {
            return false;
        }
        self.because("connection lost");
        self.because("bytes kept of a lost connection");
        let (gateway, cache) = (lost.node, brought.node);
        self.add(lost.at_ms, format!("{gateway} loses {old} with a reply still to come"));
        self.add(made.at_ms, format!("{gateway} makes {conn} in its place"));
        self.add(brought.at_ms, format!("{cache} answers {other} on {conn}"));
        self.add(
            entry.at_ms,
            format!(
                "{call} ends before its own command has been carried out, as if half a reply \
                 that was kept of {old} stood in front of the replies on {conn}"
            ),
        );
        true
    }

    /// Adds a second command that a call sent on a connection while the reply to the first was
    /// outstanding.
    pub(super) fn asked_again(&mut self, began: &Entry, conn: ConnId, entry: &Entry) {
        let call = CallBegan::of(began).call;
        let search = self.search();
        let again = search.find(|past| {
            past.request == began.request
                && (began.at_ms..=entry.at_ms).contains(&past.at_ms)
                && past.what == Fact::Pipelined { conn }
        });
        let alone = search.answered_on(conn, began, entry).is_some_and(|(_, other)| other == call);
        if let (Some(again), true) = (again, alone) {
            self.because("asked more than once");
            self.add(
                again.at_ms,
                format!(
                    "{call} sends one more command on {conn}, with the reply to its first still to come"
                ),
            );
        }
    }
}

/// Returns whether a call was dropped or timed out at `entry`. Such a call has not read any bytes
/// for its reply.
fn gave_up(began: &Entry, entry: &Entry) -> bool {
    let failed = matches!(entry.what, Fact::CallEnded { outcome: CallOutcome::Error, .. });
    is_dropped(entry) || (failed && entry.at_ms >= CallBegan::of(began).deadline_ms)
}

impl Search<'_> {
    /// Returns where the cache at the other end of a connection last sent a reply in two pieces,
    /// from `since_ms` to `until`.
    fn split(self, conn: ConnId, since_ms: u64, until: &Entry) -> Option<Entry> {
        let cache = self.cache_of(conn)?;
        self.find(|entry| {
            entry.node == cache
                && (since_ms..=until.at_ms).contains(&entry.at_ms)
                && matches!(entry.what, Fact::Fired { point: Point::CacheSplitReply })
        })
    }

    /// Returns where a cache first answered a call on a connection since `began`, and which call.
    fn answered_on(self, wanted: ConnId, began: &Entry, entry: &Entry) -> Option<(Entry, CallId)> {
        let span = self.0.latest().skip_while(|past| *past != entry);
        let answered = span.take_while(|past| *past != began).filter_map(|past| match past.what {
            Fact::Executed { conn, call, .. } if conn == wanted && call.0 != 0 => {
                Some((*past, call))
            }
            _ => None,
        });
        answered.last()
    }

    /// Returns whether a connection had carried a reply that no call has read: to a command without
    /// keys, an error, or the reply to a call that was dropped.
    fn has_reply_of_none(self, wanted: ConnId, entry: &Entry) -> bool {
        let mut span = self.0.latest().skip_while(|past| *past != entry).skip(1);
        span.any(|past| match past.what {
            Fact::Served { conn, .. } | Fact::Rejected { conn, .. } => conn == wanted,
            Fact::CallEnded { outcome: CallOutcome::Cancelled { unread: 1.., conn }, .. } => {
                conn == wanted
            }
            _ => false,
        })
    }

    /// Returns whether a reply on a connection is known to have gone to the correct call, up to
    /// `entry`.
    fn has_gone_right(self, conn: ConnId, entry: &Entry) -> bool {
        let commands = self.commands_on(conn);
        let mut span = self.0.latest().skip_while(|past| *past != entry);
        span.any(|past| surely_right(&past.what, &commands).is_some())
    }
}

#[cfg(test)]
mod tests;
