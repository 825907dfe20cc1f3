//! Callers that outlive their connection: the client makes another one, sends some of their
//! commands again and some not, and gives the replies there to all of them in their old order.
//!
//! On such a connection each caller takes a reply behind its own, as many places behind as callers
//! in front of it have sent nothing there. If a call was handed the reply that many places behind
//! its own, the connection's loss is the cause for sure; otherwise only perhaps.

use super::builder::{StoryBuilder, counted};
use super::callers::{Caller, are_alike};
use super::crossed_reply::command;
use super::known::{CallBegan, Disconnected};
use super::search::Search;
use super::shift::is_dropped;
use crosswire_history::{CacheOp, CallId, CommandId, ConnId, Entry, Fact, KeyId, RequestId};
use std::collections::BTreeSet;

/// The number of commands that a story names one by one.
const MAX_NAMED: usize = 3;

/// A command that a cache answered on a connection, or refused.
#[derive(Clone, Copy)]
struct Answered {
    entry: Entry,
    command: CommandId,
    call: CallId,
    op: CacheOp,
    key: KeyId,
}

/// A connection that was lost, the one made in its place, and the callers in between.
struct Carried {
    lost: Entry,
    made: Entry,
    /// In the order in which they wait.
    callers: Vec<Caller>,
    /// The replies on the new connection, in their order.
    replies: Vec<Answered>,
}

impl Carried {
    fn unsent(&self) -> impl Iterator<Item = &Caller> {
        self.callers.iter().filter(|caller| caller.again.is_none())
    }

    /// Returns whether calls share the new connection: a command there is in no call's scope.
    fn is_shared(&self) -> bool {
        self.replies.iter().any(|reply| reply.call.0 == 0)
    }

    /// Returns how many callers in front of a call have sent nothing on the new connection.
    fn unsent_before(&self, call: CallId) -> usize {
        let before = self.callers.iter().take_while(|caller| caller.call != call);
        before.filter(|caller| caller.again.is_none()).count()
    }

    /// Returns the place of the reply to the command that a call sent for a key.
    fn own(&self, began: &Entry, asked: KeyId) -> Option<usize> {
        let call = CallBegan::of(began).call;
        let mut its = self.callers.iter().filter(|caller| caller.call == call).peekable();
        if its.peek().is_some() {
            return its.find(|caller| caller.key == asked)?.again;
        }
        let mut taken: BTreeSet<_> = self.callers.iter().filter_map(|c| c.again).collect();
        let wanted = (call, CallBegan::of(began).op, asked);
        place(&self.replies, began, wanted, &mut taken)
    }

    /// Returns whether a value came from the reply that its call takes in the queue. Of several
    /// replies that brought it, the latest is known.
    fn predicts(&self, began: &Entry, value: &Entry) -> bool {
        let Fact::Value { call, asked, returned } = value.what else { return false };
        let taken = self.replies.iter().position(|reply| reply.command == returned.command);
        let (Some(own), Some(taken)) = (self.own(began, asked), taken) else { return false };
        let at = own + self.unsent_before(call);
        let Some(reply) = self.replies.get(at) else { return false };
        at > own && at <= taken && reply.key == self.replies[taken].key
    }
}

impl StoryBuilder<'_> {
    /// Explains a connection that was lost before `conn` was made, if some of the commands
    /// unanswered on it were not sent again on `conn`. Returns whether that is the cause for sure;
    /// if not, nothing is added unless `perhaps`, and then what may be the cause.
    pub(super) fn carried_over(&mut self, conn: ConnId, entry: &Entry, perhaps: bool) -> bool {
        let search = self.search();
        // Only a client with exclusive connections is known to answer without a reply.
        if let Fact::Unfounded { .. } = entry.what {
            return false;
        }
        let Some(carried) = search.carried(conn) else { return false };
        let unsent: Vec<&Caller> = carried.unsent().collect();
        if unsent.is_empty() {
            return false;
        }
        let first = search.first_astray(&search.commands_on(conn), entry);
        let fits = |value: &Entry| {
            let Fact::Value { call, .. } = value.what else { return false };
            search.call(call).is_some_and(|began| carried.predicts(&began, value))
        };
        let is_sure = fits(&first) || fits(entry);
        // If none was sent again, the client may have given up on all of them.
        let some_again = unsent.len() < carried.callers.len();
        let is_possible = perhaps && some_again && carried.is_shared();
        if !(is_sure || is_possible) {
            return false;
        }
        self.because("connection lost");
        self.because("command not sent again");
        let (lost, made) = (&carried.lost, &carried.made);
        let (node, old, all) = (lost.node, Disconnected::of(lost).conn, carried.callers.len());
        let commands = counted(all, "command", "commands");
        self.add(lost.at_ms, format!("{node} loses {old} with {commands} unanswered"));
        let again = match all - unsent.len() {
            0 => "none".to_owned(),
            again => again.to_string(),
        };
        let named = unsent.iter().take(MAX_NAMED).map(|caller| {
            let Caller { call, op, key, .. } = **caller;
            let whose = if call.0 == 0 { String::new() } else { format!(" of {call}") };
            format!("{} {}{whose}", command(op), self.key(key))
        });
        let named = named.collect::<Vec<_>>().join(", ");
        let line = format!("{node} makes {conn} and sends {again} of them again: not {named}");
        self.add(made.at_ms, line);
        self.keeps_its_place(&carried, entry, is_sure);
        self.own_reply_taken(&carried, conn, entry);
        true
    }

    /// Adds the reply that the first caller without a command on the new connection takes.
    fn keeps_its_place(&mut self, carried: &Carried, entry: &Entry, is_sure: bool) {
        let at = carried.callers.iter().position(|caller| caller.again.is_none());
        let at = at.expect("a caller was not sent again");
        let Some(reply) = carried.replies.get(at) else { return };
        let call = carried.callers[at].call;
        let name = match call.0 {
            0 => "the caller of that command".to_owned(),
            _ => call.to_string(),
        };
        let taken_ms = reply.entry.at_ms;
        let gone = self.search().ended(call).filter(|ended| ended.at_ms <= taken_ms);
        let gone = match gone {
            Some(ended) if is_dropped(&ended) => ", although dropped,",
            Some(_) => ", although ended,",
            None => "",
        };
        let perhaps = if is_sure { "" } else { "perhaps " };
        let more = match carried.unsent().count() {
            1 => String::new(),
            2 => "; so does one more".to_owned(),
            count => format!("; so do {} more", count - 1),
        };
        let whose = match self.own_place(carried, entry) {
            Some((own, whose)) if own == at => format!(" of {whose}"),
            _ => String::new(),
        };
        let line = format!(
            "{name}{gone} {perhaps}keeps its place in the queue and takes the next reply: \
             to {}{whose}{more}",
            self.named(reply)
        );
        self.add(taken_ms, line);
    }

    /// Returns the place of the reply to the command of the call that `entry` is about, and the
    /// call.
    fn own_place(&self, carried: &Carried, entry: &Entry) -> Option<(usize, CallId)> {
        let Fact::Value { call, asked, .. } = entry.what else { return None };
        let began = self.search().call(call)?;
        Some((carried.own(&began, asked)?, call))
    }

    /// Adds the reply to the call's own command, and the caller in front that takes it.
    fn own_reply_taken(&mut self, carried: &Carried, conn: ConnId, entry: &Entry) {
        let Some((own, call)) = self.own_place(carried, entry) else { return };
        let front = carried.callers.get(own);
        if front.is_some_and(|caller| caller.again.is_none()) {
            return;
        }
        let reply = &carried.replies[own];
        let taker = self.search().taker(reply.command, entry).map(|(_, taker)| taker);
        let taker = match taker.or_else(|| front.map(|caller| caller.call)) {
            Some(taker @ CallId(1..)) if taker != call => taker.to_string(),
            _ => "the caller in front of it".to_owned(),
        };
        let node = reply.entry.node;
        let line = format!("{node} answers {call} on {conn}, and {taker} takes that reply");
        self.add(reply.entry.at_ms, line);
    }

    fn named(&self, reply: &Answered) -> String {
        let Answered { command: id, op, key, .. } = *reply;
        let name = command(op);
        let id = if id.0 == 0 { "a refused ".to_owned() } else { format!("{id}, ") };
        format!("{id}{name} {}", self.key(key))
    }
}

impl Search<'_> {
    /// Returns the lost connection on which a call had sent its command before it was sent again on
    /// `conn`, if that happened.
    pub(super) fn sent_before(self, call: CallId, conn: ConnId) -> Option<ConnId> {
        let (began, made) = self.call(call).zip(self.made(conn))?;
        if !self.is_before(&began, &made) {
            return None;
        }
        let carried = self.carried(conn)?;
        let again = |caller: &&Caller| {
            // A command in the scope of the call is not sent by a task that many calls share.
            let is_shared = |at: usize| carried.replies[at].call.0 == 0;
            caller.call == call && caller.again.is_some_and(|at| caller.heard || is_shared(at))
        };
        carried.callers.iter().find(again)?;
        Some(Disconnected::of(&carried.lost).conn)
    }

    /// Returns the connection that `new` replaced, and the callers that waited when it was lost.
    fn carried(self, new: ConnId) -> Option<Carried> {
        let (lost, made) = self.lost_before(new)?;
        let mut callers = self.callers(&lost, &made);
        let replies = self.replies_on(new);
        let mut taken = BTreeSet::new();
        for caller in &mut callers {
            let Caller { call, op, key, .. } = *caller;
            caller.again = place(&replies, &caller.began, (call, op, key), &mut taken);
        }
        Some(Carried { lost, made, callers, replies })
    }

    /// Returns the replies that a cache sent on a connection, in their order.
    fn replies_on(self, wanted: ConnId) -> Vec<Answered> {
        let replies = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Executed { command, conn, call, op, key, .. } if conn == wanted => {
                Some(Answered { entry: *entry, command, call, op, key })
            }
            Fact::Rejected { conn, call, op, key } if conn == wanted => {
                Some(Answered { entry: *entry, command: CommandId(0), call, op, key })
            }
            _ => None,
        });
        let mut replies: Vec<_> = replies.collect();
        replies.reverse();
        replies
    }

    /// Returns the call that last returned a value of the reply to a command, up to `until`, and
    /// when.
    pub(super) fn taker(self, command: CommandId, until: &Entry) -> Option<(u64, CallId)> {
        self.find_map(|entry| match entry.what {
            Fact::Value { call, returned, .. }
                if returned.command == command && command.0 != 0 && entry.at_ms <= until.at_ms =>
            {
                Some((entry.at_ms, call))
            }
            _ => None,
        })
    }
}

/// Returns the place of the reply to a call's command for a key among those not yet `taken`, and
/// takes it: by the call that the wire shows, by the request, or by the key alone.
fn place(
    replies: &[Answered],
    began: &Entry,
    (own, op, asked): (CallId, CacheOp, KeyId),
    taken: &mut BTreeSet<usize>,
) -> Option<usize> {
    let may_be = |reply: &Answered| {
        reply.entry.at_ms >= began.at_ms && reply.key == asked && are_alike(op, reply.op)
    };
    let by = |fits: &dyn Fn(CallId, RequestId) -> bool| {
        replies.iter().enumerate().position(|(at, reply)| {
            !taken.contains(&at) && may_be(reply) && fits(reply.call, reply.entry.request)
        })
    };
    let found = by(&|call, _| call.0 != 0 && call == own)
        .or_else(|| by(&|call, request| call.0 == 0 && request == began.request))
        .or_else(|| by(&|call, request| call.0 == 0 && request.0 == 0));
    taken.extend(found);
    found
}

#[cfg(test)]
mod tests;
