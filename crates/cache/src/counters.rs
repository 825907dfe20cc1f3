//! The replies to commands on counters, and which of them a number may be. Part of the harness.
//!
//! A number carries no seal. But the harness knows every reply to a gateway's commands on counters,
//! and each reply is the result of at most one call. So a number that a call returns is the reply
//! to a command on its counter that was sent while the call was open and that no other call has
//! returned.

use crosswire_history::{CallId, CommandId, KeyId, NodeId, Returned, Sent};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The number of replies remembered for each gateway: more than are ever under way in a storm.
const CAPACITY: usize = 1 << 12;

/// A reply to a command on a counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CounterReply {
    /// The counter, as named on the wire.
    pub(crate) key: KeyId,
    pub(crate) number: i64,
    pub(crate) command: CommandId,
    /// The call in whose scope the command was written, if any.
    pub(crate) call: CallId,
    /// The latest call that had begun when the command was sent.
    pub(crate) sent_after: CallId,
}

/// The replies to one gateway's commands on counters.
#[derive(Default)]
struct Replies {
    /// Each reply, and whether a call has returned it.
    latest: VecDeque<(CounterReply, bool)>,
    /// The latest call that had begun when a forgotten command was sent.
    forgotten: CallId,
}

/// The counters of one run.
#[derive(Default)]
pub(crate) struct Counters {
    /// The keys under which the service counts.
    keys: BTreeSet<KeyId>,
    gateways: BTreeMap<NodeId, Replies>,
}

impl Counters {
    /// Notes that the service counts under a key.
    pub(crate) fn counts(&mut self, key: KeyId) {
        self.keys.insert(key);
    }

    /// Notes a reply to a gateway.
    pub(crate) fn replied(&mut self, gateway: NodeId, reply: CounterReply) {
        let replies = self.gateways.entry(gateway).or_default();
        if replies.latest.len() == CAPACITY
            && let Some((oldest, _)) = replies.latest.pop_front()
        {
            replies.forgotten = replies.forgotten.max(oldest.sent_after);
        }
        replies.latest.push_back((reply, false));
    }

    /// Finds the reply that a call may have returned as the number of a counter, and notes that it
    /// was returned. Of several, the most favourable to the client counts, and of those the one
    /// that was sent first, which is of least use to later calls. Returns `None` if the reply may
    /// have been forgotten.
    pub(crate) fn take(
        &mut self,
        gateway: NodeId,
        (call, asked): (CallId, KeyId),
        number: i64,
    ) -> Option<Returned> {
        let Self { keys, gateways } = self;
        let replies = gateways.entry(gateway).or_default();
        // A client may count under another name, but not under that of another counter.
        let is_own = |reply: &CounterReply| reply.key == asked || !keys.contains(&reply.key);
        let rank = |(reply, taken): &(CounterReply, bool)| {
            let fresh = reply.sent_after >= call && !taken;
            (!fresh, !is_own(reply))
        };
        let fitting = replies.latest.iter_mut().filter(|(reply, _)| reply.number == number);
        let best = fitting.min_by_key(|known| (rank(known), known.0.sent_after));
        let is_sure = best.as_ref().is_some_and(|known| rank(known) == (false, false));
        if !is_sure && replies.forgotten >= call {
            return None;
        }
        let Some((reply, taken)) = best else { return Some(Returned::default()) };
        let sent = if reply.sent_after >= call && !*taken { Sent::During } else { Sent::Before };
        *taken = true;
        Some(Returned {
            written_for: Some(if is_own(reply) { asked } else { reply.key }),
            command: reply.command,
            answered: reply.call,
            sent,
            ..Returned::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::NodeKind;

    const HERE: NodeId = NodeId::new(NodeKind::Gateway, 0);
    const VIEWS: KeyId = KeyId(1);
    const OTHERS: KeyId = KeyId(2);
    const RENAMED: KeyId = KeyId(3);

    fn counters(replies: &[(KeyId, i64, u32)]) -> Counters {
        let mut counters = Counters::default();
        counters.counts(VIEWS);
        counters.counts(OTHERS);
        for (command, &(key, number, sent_after)) in (1..).zip(replies) {
            let (call, sent_after) = (CallId(0), CallId(sent_after));
            let command = CommandId(command);
            counters.replied(HERE, CounterReply { key, number, command, call, sent_after });
        }
        counters
    }

    fn take(counters: &mut Counters, call: u32, number: i64) -> (Option<KeyId>, Sent) {
        let returned = counters.take(HERE, (CallId(call), VIEWS), number).expect("all are known");
        (returned.written_for, returned.sent)
    }

    #[test]
    fn a_number_is_the_reply_to_a_command_of_its_own() {
        let mut counters = counters(&[(VIEWS, 4, 7), (VIEWS, 5, 8)]);
        assert_eq!(take(&mut counters, 7, 4), (Some(VIEWS), Sent::During));
        assert_eq!(take(&mut counters, 8, 4), (Some(VIEWS), Sent::Before), "it was taken");
        assert_eq!(take(&mut counters, 9, 5), (Some(VIEWS), Sent::Before), "sent too early");
        assert_eq!(take(&mut counters, 9, 6), (None, Sent::Unknown), "no reply at all");
    }

    #[test]
    fn a_number_of_another_counter_is_told_from_one_under_another_name() {
        let mut counters = counters(&[(OTHERS, 4, 7), (RENAMED, 5, 7)]);
        assert_eq!(take(&mut counters, 7, 4), (Some(OTHERS), Sent::During));
        assert_eq!(take(&mut counters, 7, 5), (Some(VIEWS), Sent::During));
    }

    #[test]
    fn a_counter_that_began_anew_gives_each_call_its_own_reply() {
        let mut counters = counters(&[(VIEWS, 1, 7), (VIEWS, 1, 8)]);
        assert_eq!(take(&mut counters, 7, 1), (Some(VIEWS), Sent::During));
        assert_eq!(take(&mut counters, 8, 1), (Some(VIEWS), Sent::During));
    }

    /// Commands on two connections arrive in another order than that in which they were sent.
    #[test]
    fn a_reply_that_a_later_call_needs_is_left_to_it() {
        let mut counters = counters(&[(VIEWS, 1, 8), (VIEWS, 1, 7)]);
        assert_eq!(take(&mut counters, 7, 1), (Some(VIEWS), Sent::During));
        assert_eq!(take(&mut counters, 8, 1), (Some(VIEWS), Sent::During));
    }

    #[test]
    fn nothing_is_concluded_from_what_was_forgotten() {
        let many: Vec<_> = (0..=CAPACITY as i64).map(|number| (VIEWS, number, 7)).collect();
        let mut counters = counters(&many);
        assert_eq!(counters.take(HERE, (CallId(7), VIEWS), 0), None);
        assert_eq!(take(&mut counters, 8, 0), (None, Sent::Unknown));
    }
}
