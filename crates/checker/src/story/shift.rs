//! Causes that shifted the replies of a connection that many calls share: a call that went away
//! from its reply, an error, a ping, a reply in two pieces, or an earlier connection that was lost
//! and whose calls went on waiting.
//!
//! On such a connection the wire does not show which call a command was for; it shows the key of a
//! command and, by the key, the request it was probably for. So a cause is named only if it
//! directly precedes the first reply that went astray on the connection.

use super::builder::{StoryBuilder, counted};
use super::known::{CallBegan, CallEnded, Connected, Rejected, Served};
use super::search::Search;
use crosswire_history::{
    CallId, CallOutcome, CommandId, ConnId, Entry, Fact, KeyId, NodeId, Point, RequestId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The number of calls that a story names one by one.
const MAX_NAMED: usize = 3;

/// The time within which replies to commands may be taken for each other.
const ABOUT_MS: u64 = 500;

/// A disturbance of a connection just before its first reply went astray.
enum Cause {
    /// These calls went away while their replies were outstanding.
    Left(Vec<Entry>),
    /// A command was answered with an error.
    Rejected(Entry),
    /// A command that no call had asked for was answered.
    Served(Entry),
    /// A reply came in two pieces.
    Split(Entry),
}

impl Cause {
    /// Returns whether this happened before all of these calls went away. That calls fail may be
    /// its effect; a call that was dropped is a cause itself, unless an error came first.
    fn comes_before(&self, left: &[Entry]) -> bool {
        let (cause, any) = match self {
            Self::Rejected(cause) => (cause, true),
            Self::Served(cause) | Self::Split(cause) => (cause, false),
            Self::Left(_) => return false,
        };
        left.iter().all(|ended| {
            let failed = matches!(ended.what, Fact::CallEnded { outcome: CallOutcome::Error, .. });
            (any || failed) && cause.at_ms <= ended.at_ms
        })
    }
}

/// Returns whether a call ended because it was dropped.
pub(super) fn is_dropped(entry: &Entry) -> bool {
    matches!(entry.what, Fact::CallEnded { outcome: CallOutcome::Cancelled { .. }, .. })
}

/// A command that a cache carried out on a connection.
pub(super) struct Sent {
    pub(super) key: KeyId,
    request: RequestId,
    pub(super) call: CallId,
    pub(super) at_ms: u64,
}

impl StoryBuilder<'_> {
    /// Explains what shifted the replies on `conn` by the time of `entry`, if that can be seen.
    pub(super) fn shifted(&mut self, conn: ConnId, entry: &Entry) {
        let cause = self.search().shift(conn, entry);
        let is_unread =
            matches!(&cause, Some(Cause::Rejected(refused)) if self.search().is_unread(refused));
        if self.carried_over(conn, entry, !is_unread) {
            return;
        }
        if !is_unread && self.left_over(conn, entry) {
            return;
        }
        let is_sure = match &cause {
            None => false,
            Some(Cause::Left(calls)) => calls.iter().any(is_dropped),
            Some(_) => true,
        };
        if !is_sure && self.reply_lost(conn, entry) {
            return;
        }
        match cause {
            Some(Cause::Left(calls)) => self.calls_left(conn, &calls),
            Some(Cause::Rejected(rejected)) => {
                self.because("command rejected");
                let (node, key) = (rejected.node, self.key(Rejected::of(&rejected).key));
                self.add(
                    rejected.at_ms,
                    format!("{node} answers a command for {key} with an error on {conn}"),
                );
            }
            Some(Cause::Served(served)) => {
                self.because("command of no call");
                let (node, text) = (served.node, self.key(Served::of(&served).text));
                self.add(
                    served.at_ms,
                    format!("{node} answers {text} on {conn}, a reply that is for no call"),
                );
            }
            Some(Cause::Split(fired)) => {
                self.because("reply in two pieces");
                let node = fired.node;
                self.add(fired.at_ms, format!("{node} sends a reply in two pieces"));
            }
            None => {}
        }
    }

    /// Adds calls that went away while their replies were outstanding, the latest first: one of
    /// them, and how many more. A call that was dropped is a cause for sure; of calls that failed,
    /// only the first is certainly not an effect.
    fn calls_left(&mut self, conn: ConnId, calls: &[Entry]) {
        let dropped = calls.iter().find(|call| is_dropped(call));
        let latest = dropped.or(calls.last()).expect("a cause that calls left names one of them");
        let before: Vec<_> = calls.iter().filter(|entry| *entry != latest).collect();
        let CallEnded { call, outcome } = CallEnded::of(latest);
        let how = match outcome {
            CallOutcome::Cancelled { .. } => "is dropped",
            _ => "fails",
        };
        self.because(if how == "fails" { "call failed" } else { "call dropped" });
        self.call_began(call, Some(conn));
        self.beside(call, conn);
        let why = self.search().reason(latest).unwrap_or_default();
        self.add(latest.at_ms, format!("{why}{call} {how}; its reply is left unread on {conn}"));
        if before.is_empty() {
            return;
        }
        self.because("several replies left");
        let names = before.iter().take(MAX_NAMED);
        let names: Vec<_> = names.map(|ended| CallEnded::of(ended).call.to_string()).collect();
        let (replies, names) = (counted(before.len() + 1, "reply", "replies"), names.join(", "));
        self.add(latest.at_ms, format!("{replies} are left on {conn} to skip: also of {names}"));
    }

    /// Explains a reply that was read on a connection that was lost before the call took it.
    /// Returns whether that happened.
    fn left_over(&mut self, conn: ConnId, entry: &Entry) -> bool {
        let lost = self.search().find(|lost| {
            lost.at_ms <= entry.at_ms
                && matches!(lost.what, Fact::Disconnected { conn: gone, .. } if gone == conn)
        });
        let Some(lost) = lost else { return false };
        // Who answers without a value took none from the lost connection.
        let Fact::Value { call, .. } = entry.what else { return false };
        let began = self.search().call(call);
        if began.is_none_or(|began| began.at_ms < lost.at_ms) {
            return false;
        }
        self.because("connection lost");
        let node = lost.node;
        self.add(lost.at_ms, format!("{node} loses {conn}, and what was read of it is kept"));
        true
    }
}

/// Returns the command on a connection whose reply certainly brought a value to the correct call.
/// It is not certain if the same key was requested there at about that time: the call may have
/// received the other reply.
pub(super) fn surely_right(what: &Fact, commands: &BTreeMap<CommandId, Sent>) -> Option<CommandId> {
    let Fact::Value { call, asked, returned } = *what else { return None };
    let own = commands.get(&returned.command)?;
    let is_twin = |(command, sent): (&CommandId, &Sent)| {
        *command != returned.command
            && sent.key == own.key
            && sent.at_ms.abs_diff(own.at_ms) < ABOUT_MS
    };
    let is_own = returned.answered == call || returned.answered.0 == 0;
    let is_right = is_own && returned.written_for == Some(asked);
    if is_right && !commands.iter().any(is_twin) { Some(returned.command) } else { None }
}

impl Search<'_> {
    /// Returns where `wanted` was made.
    pub(super) fn made(self, wanted: ConnId) -> Option<Entry> {
        self.find(|entry| matches!(entry.what, Fact::Connected { conn, .. } if conn == wanted))
    }

    /// Returns where the connection that `wanted` replaced was lost with replies outstanding, and
    /// where `wanted` was made.
    pub(super) fn lost_before(self, wanted: ConnId) -> Option<(Entry, Entry)> {
        let to = |made: &Entry| (made.node, Connected::of(made).cache);
        let made = self.made(wanted)?;
        let lost = self.find(|entry| match entry.what {
            Fact::Disconnected { conn, unread: 1.. } => {
                conn != wanted
                    && entry.at_ms <= made.at_ms
                    && self.made(conn).is_some_and(|other| to(&other) == to(&made))
            }
            _ => false,
        });
        Some((lost?, made))
    }

    /// Returns what directly precedes the first reply that went astray on a connection, up to
    /// `entry`.
    fn shift(self, wanted: ConnId, entry: &Entry) -> Option<Cause> {
        let made = self.made(wanted)?;
        let cache = self.cache_of(wanted)?;
        let commands = self.commands_on(wanted);
        let first = self.first_astray(&commands, entry);
        let (mut left, mut refused, mut other) = (Vec::new(), BTreeSet::new(), None);
        let mut right = CommandId(0);
        for past in self.0.latest().skip_while(|past| **past != first).skip(1) {
            if past.at_ms < made.at_ms {
                break;
            }
            match past.what {
                Fact::Value { .. } => {
                    right = right.max(surely_right(&past.what, &commands).unwrap_or_default());
                }
                Fact::CallEnded {
                    call,
                    outcome: CallOutcome::Cancelled { .. } | CallOutcome::Error,
                } if past.node == made.node => {
                    let sent = self.command_of(call, past, &commands);
                    if sent.is_some_and(|command| command > right) {
                        left.push(*past);
                    }
                }
                Fact::Rejected { conn, call, key, .. } if conn == wanted && right.0 == 0 => {
                    refused.insert((call, key));
                    other = Some(Cause::Rejected(*past));
                }
                Fact::Served { conn, .. } if conn == wanted && right.0 == 0 => {
                    other = Some(Cause::Served(*past));
                }
                Fact::Fired { point: Point::CacheSplitReply }
                    if past.node == cache && right.0 == 0 =>
                {
                    other = Some(Cause::Split(*past));
                }
                _ => {}
            }
        }
        // A call that was answered with an error has left no reply.
        left.retain(|ended| !self.was_refused(ended, &refused));
        let came_first = other.as_ref().is_some_and(|other| other.comes_before(&left));
        if left.is_empty() || came_first { other } else { Some(Cause::Left(left)) }
    }

    /// Returns whether an error went to a call other than the one whose command was refused: that
    /// one goes on waiting, or has ended with an answer.
    fn is_unread(self, refused: &Entry) -> bool {
        let call = Rejected::of(refused).call;
        let outcome = self.ended(call).map(|ended| CallEnded::of(&ended).outcome);
        self.call(call).is_some()
            && matches!(outcome, None | Some(CallOutcome::Hit | CallOutcome::Miss))
    }

    /// Returns whether the command of a call that has ended is one of those that were refused.
    fn was_refused(self, ended: &Entry, refused: &BTreeSet<(CallId, KeyId)>) -> bool {
        let call = CallEnded::of(ended).call;
        let Some(began) = self.call(call) else { return false };
        let key = CallBegan::of(&began).key;
        refused.contains(&(call, key)) || refused.contains(&(CallId(0), key))
    }

    /// Returns the commands that a cache carried out on a connection.
    pub(super) fn commands_on(self, wanted: ConnId) -> BTreeMap<CommandId, Sent> {
        let commands = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Executed { command, conn, key, call, .. } if conn == wanted => {
                let (request, at_ms) = (entry.request, entry.at_ms);
                Some((command, Sent { key, request, call, at_ms }))
            }
            _ => None,
        });
        commands.collect()
    }

    /// Returns the first value, up to `entry`, that was taken from the reply to another key's
    /// command.
    pub(super) fn first_astray(self, commands: &BTreeMap<CommandId, Sent>, entry: &Entry) -> Entry {
        let astray = |past: &&Entry| match past.what {
            Fact::Value { asked, returned, .. } => {
                past.at_ms <= entry.at_ms
                    && commands.contains_key(&returned.command)
                    && returned.written_for != Some(asked)
            }
            _ => false,
        };
        self.0.latest().filter(astray).last().copied().unwrap_or(*entry)
    }

    /// Returns the command that a call probably sent, among these: the one that the wire shows or,
    /// by the key, one in no scope or in that of another call.
    fn command_of(
        self,
        call: CallId,
        ended: &Entry,
        commands: &BTreeMap<CommandId, Sent>,
    ) -> Option<CommandId> {
        let began = self.call(call)?;
        let asked = CallBegan::of(&began).key;
        let latest = |is_its: &dyn Fn(&Sent) -> bool| {
            commands.iter().rev().find(|(_, sent)| is_its(sent)).map(|(command, _)| *command)
        };
        latest(&|sent| sent.call == call)
            .or_else(|| {
                latest(&|sent| {
                    sent.call.0 == 0 && sent.key == asked && sent.request == ended.request
                })
            })
            .or_else(|| {
                latest(&|sent| sent.call.0 != 0 && sent.key == asked && sent.at_ms >= began.at_ms)
            })
    }

    /// Returns the connections on which a gateway subscribed to something, at one cache or at all.
    pub(super) fn feeds(
        self,
        gateway: NodeId,
        cache: Option<NodeId>,
        text_of: impl Fn(KeyId) -> String,
    ) -> Vec<ConnId> {
        let of_cache =
            self.0.latest().filter(|entry| cache.is_none_or(|cache| cache == entry.node));
        let feeds = of_cache.filter_map(|entry| match entry.what {
            Fact::Served { conn, text, .. }
                if text_of(text).starts_with("SUBSCRIBE")
                    && self.made(conn).is_some_and(|made| made.node == gateway) =>
            {
                Some(conn)
            }
            _ => None,
        });
        feeds.collect()
    }
}

#[cfg(test)]
mod tests;
