//! The callers that wait for a reply of one cache when their connection to it is lost.

use super::known::{CallBegan, Connected, Disconnected, Executed};
use super::search::Search;
use super::shift::is_dropped;
use crosswire_history::{CacheOp, CallId, CallOutcome, ConnId, Entry, Fact, KeyId, RequestId};
use std::collections::BTreeMap;

/// The time within which a client reads a reply.
const READ_MS: u64 = 500;

/// A call that waits for the reply to a command when its connection is lost.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    /// Where the call began, or where its command was carried out if that is not known.
    pub(super) began: Entry,
    /// 0 if it is not known.
    pub(super) call: CallId,
    pub(super) op: CacheOp,
    pub(super) key: KeyId,
    /// The lost connection had carried its command to the cache.
    pub(super) heard: bool,
    /// It was dropped before the connection was lost.
    left: bool,
    /// The place of its command among the replies on the next connection, if it was sent again.
    pub(super) again: Option<usize>,
}

impl Caller {
    /// Returns whether a command that a cache carried out may be the one that this caller sent.
    fn may_have_sent(&self, executed: &Entry) -> bool {
        let Executed { call, op, key, .. } = Executed::of(executed);
        match call.0 {
            0 => {
                let is_same = self.key == key && are_alike(self.op, op);
                is_same && is_request(executed.request, self.began.request)
            }
            _ => self.call == call,
        }
    }
}

/// Returns whether a call and a command do the same: a read of several keys may send one for each.
pub(super) fn are_alike(of_call: CacheOp, of_command: CacheOp) -> bool {
    of_call == of_command || (of_call.reads() && of_command.reads())
}

impl Search<'_> {
    /// Returns the calls of a gateway that waited for a reply of one cache when the connection to
    /// it was `lost`, in the order in which they began. A call that was dropped may keep its place;
    /// one that failed in time, before the next connection
    /// was `made`, does not.
    pub(super) fn callers(self, lost: &Entry, made: &Entry) -> Vec<Caller> {
        let Disconnected { conn: old, unread } = Disconnected::of(lost);
        let mut open = self.open_callers(lost, made);
        let late = self.0.latest().take_while(|entry| *entry != lost);
        let late =
            late.filter(|entry| matches!(entry.what, Fact::Executed { conn, .. } if conn == old));
        let mut late: Vec<_> = late.copied().collect();
        late.reverse();
        // What the cache carried out after the loss was unanswered, and is in the callers' order.
        let mut unanswered = Vec::new();
        for entry in &late {
            let its = open.iter().position(|caller| caller.may_have_sent(entry));
            unanswered.push(match its {
                Some(at) => Caller { heard: true, ..open.remove(at) },
                None => self.caller_of(entry, lost),
            });
        }
        // A call that was dropped before has had its reply, if the others account for all replies
        // that were unread.
        let waiting = open.iter().filter(|caller| !caller.left && !caller.heard).count();
        let all_known = late.len() + waiting >= usize::from(unread);
        open.retain(|caller| !caller.left || !all_known);
        let old_ms = self.made(old).map_or(0, |made| made.at_ms);
        let in_front = |caller: &Caller| caller.heard || caller.began.at_ms < old_ms;
        let (mut callers, behind): (Vec<_>, Vec<_>) = open.into_iter().partition(in_front);
        callers.extend(unanswered);
        callers.extend(behind);
        callers
    }

    /// Returns the caller whose command a cache carried out: the one that the wire shows, or else
    /// the latest that had asked for the key when the connection was `lost`.
    fn caller_of(self, entry: &Entry, lost: &Entry) -> Caller {
        let Executed { call: of, op, key, .. } = Executed::of(entry);
        let found = self.find(|past| match past.what {
            _ if past.node != lost.node || past.at_ms > lost.at_ms => false,
            Fact::CallBegan { call, .. } if of.0 != 0 => call == of,
            Fact::CallBegan { key: asked, op: of_call, .. } => {
                asked == key && are_alike(of_call, op) && is_request(entry.request, past.request)
            }
            _ => false,
        });
        let call = found.as_ref().map_or(of, |began| CallBegan::of(began).call);
        let began = found.unwrap_or(*entry);
        Caller { began, call, op, key, heard: true, left: false, again: None }
    }

    /// Returns the callers that have begun and not ended, or that were dropped and may keep their
    /// places.
    fn open_callers(self, lost: &Entry, made: &Entry) -> Vec<Caller> {
        let old = Disconnected::of(lost).conn;
        let mut ended = BTreeMap::new();
        let (mut answered_later, mut is_past) = (false, false);
        let mut callers = Vec::new();
        for entry in self.0.latest().filter(|entry| entry.node == lost.node) {
            is_past |= entry == lost;
            let CallBegan { call, op, key, deadline_ms, .. } = match entry.what {
                Fact::CallEnded { call, .. } => {
                    ended.insert(call, (*entry, is_past));
                    continue;
                }
                Fact::CallBegan { .. } if is_past => CallBegan::of(entry),
                _ => continue,
            };
            let end: Option<(Entry, bool)> = ended.get(&call).copied();
            let left = end.is_some_and(|(_, past)| past);
            let failed = end.is_some_and(|(end, past)| {
                let gave_up = is_dropped(&end) || end.at_ms >= deadline_ms;
                !past && !gave_up && end.at_ms <= made.at_ms
            });
            // Replies come in order: if a later call has its own answer, so has this one.
            if failed || (left && answered_later) {
                continue;
            }
            let sent = self.sent(entry);
            let heard = sent.iter().find(|sent| Executed::of(sent).conn == old).copied();
            if let Some((end, true)) = end.filter(|(end, _)| !is_left_on(end, old)) {
                answered_later |= heard.is_some() && is_answered(&end);
                continue;
            }
            let in_time = heard.is_none_or(|sent| !left || sent.at_ms + READ_MS > lost.at_ms);
            if in_time && self.is_for(&sent, key, (lost, made)) {
                let (began, heard, again) = (*entry, heard.is_some(), None);
                callers.push(Caller { began, call, op, key, heard, left, again });
            }
        }
        callers.reverse();
        callers
    }

    /// Returns the commands of a call for its first key that caches carried out since it began, as
    /// far as the wire or the request shows whose they were.
    fn sent(self, began: &Entry) -> Vec<Entry> {
        let CallBegan { call: own, op: of_call, key: asked, .. } = CallBegan::of(began);
        let since = self.0.latest().take_while(|entry| *entry != began);
        let sent = since.filter(|entry| match entry.what {
            Fact::Executed { call, .. } if call.0 != 0 => call == own,
            Fact::Executed { key, op, .. } => {
                key == asked && are_alike(of_call, op) && entry.request == began.request
            }
            _ => false,
        });
        sent.copied().collect()
    }

    /// Returns whether a call may have waited on a lost connection: no other connection than that
    /// one and the next has carried its command, and its key is not at home on another cache.
    fn is_for(self, sent: &[Entry], key: KeyId, (lost, made): (&Entry, &Entry)) -> bool {
        let old = Disconnected::of(lost).conn;
        let Connected { conn: new, cache } = Connected::of(made);
        let elsewhere = sent.iter().any(|sent| {
            let conn = Executed::of(sent).conn;
            conn != old && conn != new
        });
        let home = self.find(|entry| {
            entry.at_ms <= lost.at_ms
                && matches!(entry.what, Fact::Executed { key: other, .. } if other == key)
        });
        !elsewhere && home.is_none_or(|home| home.node.index == cache)
    }
}

/// Returns whether a command may be of a request: the edge guesses it or knows none.
fn is_request(of_command: RequestId, wanted: RequestId) -> bool {
    of_command.0 == 0 || of_command == wanted
}

/// Returns whether a call was dropped with its reply unread on a connection.
fn is_left_on(ended: &Entry, old: ConnId) -> bool {
    match ended.what {
        Fact::CallEnded { outcome: CallOutcome::Cancelled { unread: 1.., conn }, .. } => {
            conn == old
        }
        _ => false,
    }
}

/// Returns whether a call ended with an answer.
fn is_answered(ended: &Entry) -> bool {
    let outcome = match ended.what {
        Fact::CallEnded { outcome, .. } => outcome,
        other => panic!("a call ends with its outcome, not {other:?}"),
    };
    matches!(outcome, CallOutcome::Hit | CallOutcome::Miss)
}
