//! Receipts: which replies brought the value of which write to which gateway, and when each was
//! asked for and read. Part of the harness.
//!
//! A value says which write produced it (see [`crate::seal`]). Its bytes do not change on the way,
//! so that a client may compare, compress or checksum them; hence they cannot say *which reply*
//! brought a returned value. But the harness knows which replies contained the value. If one of
//! them was asked for while the call was open, the call may have taken its value from that reply.

use crosswire_history::{CallId, CommandId, Digest, NodeId, Sent};
use std::hash::BuildHasherDefault;

/// The replies that brought one write's value to one gateway.
#[derive(Clone, Copy, Debug, Default)]
struct Receipt {
    /// The latest of their commands.
    command: CommandId,
    /// The call in whose scope the latest command was written, if any.
    answered: CallId,
    /// The latest call that had begun when the most recent of their commands was sent.
    sent_after: CallId,
    /// The number of replies not read to their end.
    unread: u32,
    /// The latest call that had begun when a reply was last read to its end.
    read_after: CallId,
    /// The latest call that had begun when the gateway first had the value: from a reply read to
    /// its end, or because the client was given it to write.
    there_after: Option<CallId>,
}

/// A command as the tap knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) id: CommandId,
    /// The call in whose scope the command was written, if any.
    pub(crate) call: CallId,
    /// The latest call that had begun when its first byte was written.
    pub(crate) sent_after: CallId,
}

/// A possible source of a value that a call returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) command: CommandId,
    pub(crate) answered: CallId,
    pub(crate) sent: Sent,
}

#[expect(clippy::disallowed_types, reason = "looked up by key, never iterated")]
type Map = std::collections::HashMap<(NodeId, CallId), Receipt, BuildHasherDefault<Digest>>;

/// The receipts of one run.
#[derive(Default)]
pub(crate) struct Receipts(Map);

impl Receipts {
    /// Notes that a cache sends the value of `write` to `gateway`, in the reply to `command`.
    pub(crate) fn sent(&mut self, gateway: NodeId, write: CallId, command: Command) {
        let receipt = self.0.entry((gateway, write)).or_default();
        receipt.unread += 1;
        receipt.sent_after = receipt.sent_after.max(command.sent_after);
        if command.id > receipt.command {
            (receipt.command, receipt.answered) = (command.id, command.call);
        }
    }

    /// Notes that the gateway has read such a reply to its end, or never will. `begun` is the
    /// latest call that has begun.
    pub(crate) fn read(&mut self, gateway: NodeId, write: CallId, begun: CallId) {
        let receipt = self.0.get_mut(&(gateway, write)).expect("a reply is sent before it is read");
        assert!(receipt.unread > 0, "a reply is read once");
        receipt.unread -= 1;
        receipt.read_after = begun;
        receipt.there_after.get_or_insert(begun);
    }

    /// Notes that the gateway's client is given the value of `write` to write it.
    pub(crate) fn given(&mut self, gateway: NodeId, write: CallId) {
        self.0.entry((gateway, write)).or_default().there_after = Some(write);
    }

    /// Returns whether the gateway's client had the value of `write` when `call` began, so that it
    /// may have kept it.
    pub(crate) fn had(&self, gateway: NodeId, write: CallId, call: CallId) -> bool {
        let receipt = self.0.get(&(gateway, write));
        receipt.and_then(|receipt| receipt.there_after).is_some_and(|there| there < call)
    }

    /// Returns the most favourable source that a value of `write`, returned by `call`, can have;
    /// `None` if no reply has brought it to the gateway.
    pub(crate) fn source(&self, gateway: NodeId, write: CallId, call: CallId) -> Option<Source> {
        let receipt = self.0.get(&(gateway, write)).filter(|receipt| receipt.command.0 > 0)?;
        let sent = if receipt.sent_after >= call {
            Sent::During
        } else if receipt.unread > 0 || receipt.read_after >= call {
            Sent::Before
        } else {
            Sent::Kept
        };
        Some(Source { command: receipt.command, answered: receipt.answered, sent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::NodeKind;
    use proptest::prelude::*;

    const HERE: NodeId = NodeId::new(NodeKind::Gateway, 0);
    const THERE: NodeId = NodeId::new(NodeKind::Gateway, 1);
    const WRITE: CallId = CallId(3);

    fn command(id: u32, sent_after: u32) -> Command {
        Command { id: CommandId(id), call: CallId(sent_after), sent_after: CallId(sent_after) }
    }

    fn sent(receipts: &Receipts, call: u32) -> Option<Sent> {
        receipts.source(HERE, WRITE, CallId(call)).map(|source| source.sent)
    }

    #[test]
    fn a_reply_is_classified_by_when_it_was_asked_for_and_read() {
        let mut receipts = Receipts::default();
        assert_eq!(sent(&receipts, 7), None, "no reply has brought it here");
        receipts.sent(HERE, WRITE, command(1, 7));
        assert_eq!(sent(&receipts, 7), Some(Sent::During));
        assert_eq!(sent(&receipts, 8), Some(Sent::Before), "call 8 began when it was under way");
        receipts.read(HERE, WRITE, CallId(9));
        assert_eq!(sent(&receipts, 9), Some(Sent::Before));
        assert_eq!(sent(&receipts, 10), Some(Sent::Kept), "it had been read when call 10 began");
        receipts.sent(THERE, WRITE, command(2, 12));
        assert_eq!(sent(&receipts, 10), Some(Sent::Kept), "another gateway's replies do not count");
    }

    #[test]
    fn a_client_has_what_it_was_given_and_what_it_has_read() {
        let mut receipts = Receipts::default();
        receipts.sent(HERE, WRITE, command(1, 7));
        assert!(!receipts.had(HERE, WRITE, CallId(8)), "the reply is still to come");
        receipts.read(HERE, WRITE, CallId(9));
        assert!(!receipts.had(HERE, WRITE, CallId(9)) && receipts.had(HERE, WRITE, CallId(10)));
        receipts.given(THERE, WRITE);
        assert!(receipts.had(THERE, WRITE, CallId(4)));
        assert_eq!(receipts.source(THERE, WRITE, CallId(4)), None, "no reply has brought it there");
    }

    #[test]
    fn the_latest_command_stands_for_all() {
        let mut receipts = Receipts::default();
        receipts.sent(HERE, WRITE, command(2, 8));
        receipts.sent(HERE, WRITE, command(1, 7));
        let source = receipts.source(HERE, WRITE, CallId(8)).expect("the reply was sent");
        assert_eq!((source.command, source.answered), (CommandId(2), CallId(8)));
    }

    proptest! {
        /// Compares the receipts with a model that keeps each reply and when it was asked for and
        /// read.
        #[test]
        fn receipts_agree_with_a_model_that_keeps_every_reply(
            steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 1..30),
            call in 1_u32..30,
        ) {
            let (mut receipts, mut model) = (Receipts::default(), Vec::<(u32, Option<u32>)>::new());
            for (now, (sends, which)) in (1_u32..).zip(steps) {
                let unread: Vec<_> = (0..model.len()).filter(|at| model[*at].1.is_none()).collect();
                if sends || unread.is_empty() {
                    receipts.sent(HERE, WRITE, command(now, now));
                    model.push((now, None));
                } else {
                    receipts.read(HERE, WRITE, CallId(now));
                    model[unread[which.index(unread.len())]].1 = Some(now);
                }
            }
            let best = model.iter().map(|&(sent, read)| match read {
                _ if sent >= call => Sent::During,
                Some(read) if read < call => Sent::Kept,
                _ => Sent::Before,
            });
            let best = best.min_by_key(|sent| [Sent::During, Sent::Before, Sent::Kept].iter().position(|s| s == sent));
            prop_assert_eq!(sent(&receipts, call), best);
        }
    }
}
