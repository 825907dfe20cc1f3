//! How a reply came to be left on a connection: a call that went away without it, and the calls
//! after it that each read the reply of the one before.

use super::search::Search;
use super::{Tale, seconds};
use crosswire_history::{CallId, CallOutcome, ConnId, Decline, Entry, Outcome, What};

impl Tale<'_> {
    /// What left the reply to `other` unread where the call that went out at `next_ms` found it.
    pub(super) fn cause(&mut self, other: CallId, conn: Option<ConnId>, next_ms: Option<u64>) {
        let Some(conn) = conn else { return self.call_began(other, None) };
        let (first, links) = self.search().chain(other, conn);
        self.call_began(first, Some(conn));
        let next_ms = links.first().map(|link| link.at_ms).or(next_ms);
        self.left(first, conn, next_ms);
        self.links(conn, &links);
    }

    /// The call went away before its reply had come. The journal knows that the connection went
    /// back to the pool if it was used again.
    fn left(&mut self, call: CallId, conn: ConnId, next_ms: Option<u64>) {
        let Some((at_ms, kind, how)) = self.search().left(call, conn) else { return };
        if next_ms.is_some_and(|next_ms| at_ms > next_ms) {
            return;
        }
        self.because(kind);
        self.rejected(call);
        let then = match next_ms {
            Some(_) => format!("{conn} goes back to the pool with the reply still to come"),
            None => format!("the reply is still to come on {conn}"),
        };
        self.add(at_ms, format!("{how}; {then}"));
    }

    /// A server's error, if one made the call fail.
    fn rejected(&mut self, call: CallId) {
        if let Some(Entry { at_ms, node, what: What::Rejected { conn, key, .. }, .. }) =
            self.search().rejected(call)
        {
            self.because("command rejected");
            let key = self.key(key);
            self.add(at_ms, format!("{node} answers {call} with an error on {conn}: {key}"));
        }
    }

    /// The first and the last of the calls that followed, and how many came between them.
    fn links(&mut self, conn: ConnId, links: &[Entry]) {
        let [first, between @ .., last] = links else {
            return links.iter().for_each(|link| self.link(link));
        };
        self.link(first);
        match between {
            [] => {}
            [only] => self.link(only),
            [next, ..] => self.add(
                next.at_ms,
                format!(
                    "\u{2026} and {} more calls on {conn} each read the reply of the one before",
                    between.len()
                ),
            ),
        }
        self.link(last);
    }

    fn link(&mut self, entry: &Entry) {
        let What::Reused { conn, call, of, .. } = entry.what else { return };
        let line = self.lookup(call, Some(conn)).unwrap_or_else(|| call.to_string());
        self.add(entry.at_ms, format!("{line} reads the reply to {of} and leaves its own"));
    }
}

impl Search<'_> {
    /// When and how a call went away from its reply on a connection, in a word and in full.
    fn left(self, call: CallId, conn: ConnId) -> Option<(u64, &'static str, String)> {
        let ended = self.ended(call)?;
        let What::CallEnded { outcome, .. } = ended.what else { return None };
        if let CallOutcome::Cancelled { unread, .. } = outcome {
            let why = self.reason(&ended).unwrap_or_default();
            let told = || (ended.at_ms, "call dropped", format!("{why}{call} is dropped"));
            return (unread > 0).then(told);
        }
        let began = self.call(call)?;
        let What::CallBegan { deadline_ms, keys, .. } = began.what else { return None };
        let in_time = ended.at_ms < deadline_ms;
        let within = seconds(deadline_ms - began.at_ms);
        match outcome {
            CallOutcome::Error if in_time => {
                Some((ended.at_ms, "call failed", format!("{call} fails")))
            }
            CallOutcome::Error => Some((
                deadline_ms,
                "call timed out",
                format!("{call} has no answer within {within} s and fails"),
            )),
            // Of several nodes one did not answer, and the others' answers were enough.
            _ if keys > 1 && !in_time => Some((
                deadline_ms,
                "node left out",
                format!("{call} has no answer on {conn} within {within} s and does without"),
            )),
            _ => None,
        }
    }

    /// Why the gateway dropped the request whose call was dropped.
    pub(super) fn reason(self, cancelled: &Entry) -> Option<String> {
        let request = cancelled.request;
        let asked = self.request(request)?;
        let dropped = self.find(|entry| {
            entry.request == request
                && entry.at_ms == cancelled.at_ms
                && matches!(entry.what, What::Dropped { .. })
        })?;
        let What::Dropped { why } = dropped.what else { return None };
        let (What::Issued { by, .. } | What::Arrived { by, .. }) = asked.what else { return None };
        Some(match (why, self.settled(request, cancelled.at_ms)) {
            (Decline::Cancelled, Some(Outcome::GaveUp)) => format!("{by} has given up: "),
            (Decline::Cancelled, Some(Outcome::TimedOut)) => format!("{by} has waited too long: "),
            (Decline::Cancelled, Some(Outcome::Reset)) => format!("{by}'s connection broke: "),
            (Decline::Cancelled, _) => format!("{by} does not wait any more: "),
            (Decline::Deadline, _) => format!("the deadline of {} has passed: ", dropped.node),
            (Decline::Crash, _) => format!("{} has died: ", dropped.node),
        })
    }
}
