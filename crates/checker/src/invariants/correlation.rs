//! I4: a call gets the answer to a command of its own time, and an answer of the right form.
//!
//! This goes by when commands were sent and read and not by the value, so a connection that is one
//! reply behind can be seen while the values still happen to be equal. It supposes nothing of how a
//! client is built: whose task wrote a command, on which connection, how often, in whose batch and
//! under which name is the client's own affair. A reply to a command that was sent while the call was
//! open is as good as one to its own. A reply to an earlier one is not, unless the client declares
//! that reads join reads that are under way; nor is a value that was read before the call began, unless
//! it declares that it keeps values. Where no reply is known to have brought the value, because the
//! client encodes what it writes, nothing is concluded.
//!
//! Of a client that promises exclusive connections the tap also tells when a call returned an answer
//! and had read no reply to any of its commands.

use super::{About, Invariant, World};
use crate::docket::{Charge, Docket};
use crate::story;
use crosswire_history::{Entry, Returned, Sent, What};

#[derive(Default)]
pub(crate) struct Correlation {
    checked: u64,
}

impl Invariant for Correlation {
    const ABOUT: About = About {
        id: "I4",
        name: "correlation",
        summary: "a call gets the answer to a command of its own time, one for each key",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, world: &World<'_>, docket: &mut Docket) {
        let own = match entry.what {
            What::Value { returned, .. } => own(returned),
            What::Unfounded { .. } | What::Misshapen { .. } => Some(false),
            _ => return,
        };
        let Some(own) = own else { return };
        self.checked += 1;
        if !own {
            let user = world.recent.user(entry.request);
            let charge = Charge { at_ms: entry.at_ms, user, event: None };
            docket.report(&Self::ABOUT, charge, || story::crossed(entry, world));
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

/// Whether a value came in answer to a command of the call's time; none if that cannot be told.
fn own(returned: Returned) -> Option<bool> {
    match returned.sent {
        Sent::Unknown => None,
        Sent::During | Sent::Joined => Some(true),
        Sent::Before | Sent::Kept => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use crate::Terms;
    use crate::fixture::{GATEWAY, Reply, Tape};
    use crosswire_history::{CallId, KeyId, Sent, What};

    /// How often a call that asks for user 1 violates I4 when it is handed this, and is tested.
    fn judged(reply: Reply) -> (u64, u64) {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1").at(12).returns(5, "user:1", reply.written_for("user:1"));
        (tape.count("I4"), tape.finish(1_000).checked["I4"])
    }

    #[test]
    fn equal_values_by_luck_do_not_fool_it() {
        assert_eq!(judged(Reply::to(4).sent(Sent::Before)), (1, 1));
        assert_eq!(judged(Reply::to(4).sent(Sent::Kept)), (1, 1));
    }

    #[test]
    fn whose_task_sent_a_command_is_the_clients_own_affair() {
        assert_eq!(judged(Reply::to(5)), (0, 1), "its own");
        assert_eq!(judged(Reply::to(6).sent(Sent::During)), (0, 1), "in another's batch");
        assert_eq!(judged(Reply::unknown().sent(Sent::During)), (0, 1), "in a task");
        assert_eq!(judged(Reply::to(4).sent(Sent::Joined)), (0, 1), "a read that it joined");
    }

    #[test]
    fn what_no_reply_is_known_to_have_brought_is_not_tested() {
        assert_eq!(judged(Reply::default()), (0, 0));
    }

    #[test]
    fn an_answer_out_of_thin_air_breaks_it() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1").unfounded(5, "user:1", 4);
        assert_eq!(tape.count("I4"), 1);
    }

    #[test]
    fn a_value_too_few_breaks_it() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).calls(1, 5, crosswire_history::CacheOp::Mget, "user:1", 3);
        tape.on(GATEWAY, What::Misshapen { call: CallId(5), key: KeyId(0), keys: 3, values: 2 });
        assert_eq!(tape.count("I4"), 1);
    }
}
