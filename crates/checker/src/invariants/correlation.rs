//! I4: a call gets the answer to a command sent while it was open, in the right form.
//!
//! This goes by when commands were sent and read and not by the value, so it sees a connection that
//! is one reply behind while the values still happen to be equal. It assumes nothing about how a
//! client is built: which task wrote a command, on which connection, how often, in which batch and
//! under which name is up to the client. The reply to any command that was sent while the call was
//! open is as good as the reply to the call's command. The reply to an earlier command is not,
//! unless the client declares that reads join reads in flight; nor is a value that was read before
//! the call began, unless the client declares that it keeps values. Where no reply is known to have
//! brought the value, because the client encodes what it writes, nothing is concluded.
//!
//! For a client that promises exclusive connections, the tap also reports a call that returned an
//! answer without having read a reply to any of its commands.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Fact, Sent};

#[derive(Default)]
pub(crate) struct Correlation {
    checked: u64,
}

impl Invariant for Correlation {
    const ABOUT: About = About {
        id: InvariantId::I4,
        name: "correlation",
        summary: "a call gets the answer to a command sent while it was open, one for each key",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let own = match entry.what {
            Fact::Value { returned, .. } => match returned.sent {
                Sent::Unknown => return,
                Sent::During | Sent::Joined => true,
                Sent::Before | Sent::Kept => false,
            },
            Fact::Unfounded { .. } | Fact::Misshapen { .. } => false,
            _ => return,
        };
        self.checked += 1;
        if !own {
            let user = context.recent.user(entry.request);
            let occurrence = Occurrence { at_ms: entry.at_ms, user, event: None };
            report.add(&Self::ABOUT, occurrence, || story::crossed(entry, context));
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I4;
    use crate::fixture::{GATEWAY, Reply, Tape};
    use crosswire_history::{CallId, Fact, KeyId, Sent};

    /// Returns how often a call for user 1 that receives this reply violates I4, and how often it
    /// is tested.
    fn judged(reply: Reply) -> (u64, u64) {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).gets(1, 5, "user:1").at(12).returns(5, "user:1", reply.written_for("user:1"));
        (tape.count(I4), tape.finish(1_000).checked[&I4])
    }

    #[test]
    fn values_that_happen_to_be_equal_do_not_fool_it() {
        assert_eq!(judged(Reply::to(4).sent(Sent::Before)), (1, 1));
        assert_eq!(judged(Reply::to(4).sent(Sent::Kept)), (1, 1));
    }

    #[test]
    fn a_client_may_send_its_commands_from_any_task() {
        assert_eq!(judged(Reply::to(5)), (0, 1), "its own");
        assert_eq!(judged(Reply::to(6).sent(Sent::During)), (0, 1), "in another's batch");
        assert_eq!(judged(Reply::unknown().sent(Sent::During)), (0, 1), "in a task");
        assert_eq!(judged(Reply::to(4).sent(Sent::Joined)), (0, 1), "a read that it joined");
    }

    #[test]
    fn a_value_that_no_known_reply_brought_is_not_tested() {
        assert_eq!(judged(Reply::default()), (0, 0));
    }

    #[test]
    fn an_answer_out_of_thin_air_breaks_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).gets(1, 5, "user:1").unfounded(5, "user:1", 4);
        assert_eq!(tape.count(I4), 1);
    }

    #[test]
    fn a_missing_value_breaks_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).calls(1, 5, crosswire_history::CacheOp::Mget, "user:1", 3);
        tape.on(GATEWAY, Fact::Misshapen { call: CallId(5), key: KeyId(0), keys: 3, values: 2 });
        assert_eq!(tape.count(I4), 1);
    }
}
