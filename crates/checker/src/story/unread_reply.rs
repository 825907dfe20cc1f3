//! Replies left unread on a connection: a call that went away without its reply, and the calls
//! after it that each read the reply of the one before.

use super::builder::{StoryBuilder, seconds};
use super::chain::Link;
use super::known::{CallBegan, CallEnded, Disconnected, Rejected, Served, sender};
use super::search::Search;
use super::shift::surely_right;
use crosswire_history::{CallId, CallOutcome, ConnId, Decline, Entry, Fact, KeyId, Outcome};
use std::collections::BTreeSet;

impl StoryBuilder<'_> {
    /// Explains what left the reply to `other` unread where the call that went out at `next_ms`
    /// found it. Returns whether that can be seen.
    pub(super) fn cause(
        &mut self,
        other: CallId,
        conn: Option<ConnId>,
        next_ms: Option<u64>,
    ) -> bool {
        let Some(conn) = conn else {
            self.call_began(other, None);
            return false;
        };
        let (first, links) = self.search().chain(other, conn);
        self.call_began(first, Some(conn));
        let next_ms = links.first().map(|link| link.at_ms).or(next_ms);
        let left = self.read_of_another(first, conn) || self.left(first, conn, next_ms);
        self.beside(first, conn);
        self.links(conn, &links);
        left
    }

    /// Explains a call that ended before its reply arrived, because it read bytes in front of the
    /// reply or the reply to the first of its commands. Returns whether the bytes in front are
    /// known.
    fn read_of_another(&mut self, call: CallId, conn: ConnId) -> bool {
        let search = self.search();
        let Some((began, ended)) = search.call(call).zip(search.ended(call)) else { return false };
        if self.kept_bytes(&began, conn, &ended) {
            return true;
        }
        self.asked_again(&began, conn, &ended);
        false
    }

    /// Adds a command other than the call's that the cache answered for it on the connection, such
    /// as a greeting or a ping.
    pub(super) fn beside(&mut self, call: CallId, conn: ConnId) {
        let search = self.search();
        let Some(served) = search.served_beside(call, conn) else { return };
        let (Served { text, call: of }, at_ms, node) =
            (Served::of(&served), served.at_ms, served.node);
        self.because("another command beside it");
        let text = self.key(text);
        let whom = if of.0 == 0 { String::new() } else { format!(" for {of}") };
        self.add(at_ms, format!("{node} answers {text} on {conn} as well{whom}"));
        let Some(made) = search.made(conn).filter(|made| made.at_ms + 1_000 > at_ms) else {
            return;
        };
        let gateway = made.node;
        let lost = search.find(|entry| {
            entry.node == gateway
                && entry.at_ms <= made.at_ms
                && matches!(entry.what, Fact::Disconnected { conn: old, .. }
                    if search.cache_of(old) == search.cache_of(conn))
        });
        if let Some(lost) = lost {
            self.because("connection lost");
            let old = Disconnected::of(&lost).conn;
            self.add(
                made.at_ms,
                format!("{gateway} makes {conn} in place of {old}, which it has lost"),
            );
        }
    }

    /// Explains a call that went away before its reply had arrived. The journal knows that the
    /// connection went back to the pool if it was used again. Returns whether the call did so.
    fn left(&mut self, call: CallId, conn: ConnId, next_ms: Option<u64>) -> bool {
        let Some((at_ms, kind, how)) = self.search().left(call, conn) else {
            self.rejected(call, conn);
            return false;
        };
        if next_ms.is_some_and(|next_ms| at_ms > next_ms) {
            return false;
        }
        self.because(kind);
        self.rejected(call, conn);
        let then = match next_ms {
            Some(_) => format!("{conn} goes back to the pool with the reply still to come"),
            None => format!("the reply is still to come on {conn}"),
        };
        self.add(at_ms, format!("{how}; {then}"));
        true
    }

    /// Adds a server's error on the connection, if one made the call fail or was left unread there.
    fn rejected(&mut self, call: CallId, conn: ConnId) {
        let Some(rejected) = self.search().rejected(call) else { return };
        let Rejected { conn: on, key, .. } = Rejected::of(&rejected);
        if on != conn {
            return;
        }
        self.because("command rejected");
        let (node, key) = (rejected.node, self.key(key));
        self.add(rejected.at_ms, format!("{node} answers {call} with an error on {conn}: {key}"));
    }

    /// Adds the first and the last of the calls that followed, and the number of those between.
    fn links(&mut self, conn: ConnId, links: &[Link]) {
        let [first, between @ .., last] = links else {
            return links.iter().for_each(|link| self.link(conn, *link));
        };
        self.link(conn, *first);
        match between {
            [] => {}
            [only] => self.link(conn, *only),
            [next, ..] => self.add(
                next.at_ms,
                format!(
                    "\u{2026} and {} more calls on {conn} each read the reply of the one before",
                    between.len()
                ),
            ),
        }
        self.link(conn, *last);
    }

    fn link(&mut self, conn: ConnId, link: Link) {
        let Link { call, of, at_ms, received } = link;
        let lookup = self.lookup(call, Some(conn)).unwrap_or_else(|| call.to_string());
        let already = if received { ", which the client had received," } else { "" };
        self.add(at_ms, format!("{lookup} reads the reply to {of}{already} and leaves its own"));
    }
}

impl Search<'_> {
    /// Returns when and how a call went away from its reply on a connection, in a word and in full.
    fn left(self, call: CallId, conn: ConnId) -> Option<(u64, &'static str, String)> {
        let ended = self.ended(call)?;
        let outcome = CallEnded::of(&ended).outcome;
        if let CallOutcome::Cancelled { unread, .. } = outcome {
            if unread == 0 {
                return None;
            }
            let why = self.reason(&ended).unwrap_or_default();
            return Some((ended.at_ms, "call dropped", format!("{why}{call} is dropped")));
        }
        let began = self.call(call)?;
        let CallBegan { deadline_ms, keys, .. } = CallBegan::of(&began);
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
            CallOutcome::Hit | CallOutcome::Miss
                if let Some(how) = self.asked_too_much(call, conn) =>
            {
                Some((ended.at_ms, "asked more than once", how))
            }
            // One of several nodes did not answer, and the answers of the others were enough.
            _ if keys > 1 && !in_time => Some((
                deadline_ms,
                "node left out",
                format!("{call} has no answer on {conn} within {within} s and does without"),
            )),
            _ => None,
        }
    }

    /// Returns a command without keys that the cache answered on a connection for a call, or before
    /// it, unless a reply since then is known to have gone to the correct call.
    fn served_beside(self, wanted: CallId, on: ConnId) -> Option<Entry> {
        let own = self.find(|entry| {
            matches!(entry.what, Fact::Served { call, conn, .. } if (call, conn) == (wanted, on))
        });
        if own.is_some() {
            return own;
        }
        // A call that waits for the connection may begin long before.
        let from = self.ended(wanted).or_else(|| self.call(wanted))?;
        let commands = self.commands_on(on);
        for entry in self.0.latest().skip_while(|entry| **entry != from) {
            match entry.what {
                Fact::Served { conn, .. } if conn == on => return Some(*entry),
                Fact::Connected { conn, .. } if conn == on => break,
                Fact::Value { .. } if surely_right(&entry.what, &commands).is_some() => break,
                _ => {}
            }
        }
        None
    }

    /// Describes a call that has its answer, and sent its command on two connections or twice on
    /// this one.
    fn asked_too_much(self, wanted: CallId, on: ConnId) -> Option<String> {
        let sent = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Executed { call, conn, key, .. } if call == wanted => Some((conn, key)),
            _ => None,
        });
        let (here, elsewhere): (Vec<_>, Vec<_>) = sent.partition(|(conn, _)| *conn == on);
        // The shares of a multi-get have different keys.
        let is_here = |key: &KeyId| here.iter().any(|(_, own)| own == key);
        if let Some((other, _)) = elsewhere.iter().find(|(_, key)| is_here(key)) {
            return Some(format!(
                "{wanted} asks on two connections, {on} and {other}, and goes on with the first reply"
            ));
        }
        let mut keys = BTreeSet::new();
        let twice = here.iter().any(|(_, key)| !keys.insert(*key));
        if !twice {
            return None;
        }
        Some(format!("{wanted} asks twice on {on} and goes on with the first reply"))
    }

    /// Describes why the gateway dropped the request whose call was dropped.
    pub(super) fn reason(self, cancelled: &Entry) -> Option<String> {
        let request = cancelled.request;
        let asked = self.request(request)?;
        let (gateway, why) = self.find_map(|entry| match entry.what {
            Fact::Dropped { why } if entry.request == request && entry.at_ms == cancelled.at_ms => {
                Some((entry.node, why))
            }
            _ => None,
        })?;
        let by = sender(&asked);
        Some(match (why, self.settled(request, cancelled.at_ms)) {
            (Decline::Cancelled, Some(Outcome::GaveUp)) => format!("{by} has given up: "),
            (Decline::Cancelled, Some(Outcome::TimedOut)) => format!("{by} has waited too long: "),
            (Decline::Cancelled, Some(Outcome::Reset)) => format!("{by}'s connection broke: "),
            (Decline::Cancelled, _) => format!("{by} does not wait any more: "),
            (Decline::Deadline, _) => format!("the deadline of {gateway} has passed: "),
            (Decline::Crash, _) => format!("{gateway} has died: "),
        })
    }
}

#[cfg(test)]
mod tests;
