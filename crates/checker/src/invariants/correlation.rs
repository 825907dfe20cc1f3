//! I4: the reply that a call gets is the reply to its own command.
//!
//! This goes by whose command the reply was to and not by the value, so a connection that is one
//! reply behind is seen at once, even while the values happen to be equal. Where the wire cannot
//! tell whose command it was, because one connection carries the commands of many calls, the
//! command must at least have been sent after the call began and, if it got one key, have got the
//! key that the call asked for.

use super::{About, Invariant, World};
use crate::docket::{Charge, Docket};
use crate::story;
use crate::window::Window;
use crosswire_history::{CacheOp, CallId, CommandId, Entry, KeyId, Returned, What};

/// How many of the latest commands are remembered whose call the wire could not tell: as many as
/// are under way in a storm, many times over.
const KEPT: usize = 1 << 14;

#[derive(Default)]
pub(crate) struct Correlation {
    /// When each open call began.
    began_ms: Window<u64>,
    /// Which key the latest commands got whose call the wire could not tell, by their number.
    got: Vec<Option<(CommandId, KeyId)>>,
    checked: u64,
}

impl Invariant for Correlation {
    const ABOUT: About = About {
        id: "I4",
        name: "correlation",
        summary: "the reply that a call gets is the reply to its own command",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, world: &World<'_>, docket: &mut Docket) {
        let own = match entry.what {
            What::CallBegan { call, .. } => {
                self.began_ms.insert(call.0, entry.at_ms);
                return;
            }
            What::CallEnded { call, .. } => {
                self.began_ms.remove(call.0);
                return;
            }
            What::Executed { command, call: CallId(0), op: CacheOp::Get, key, .. } => {
                *crate::slot(&mut self.got, command.0 % KEPT as u32) = Some((command, key));
                return;
            }
            What::Value { call, asked, returned } => self.own(call, asked, returned),
            What::Unfounded { .. } => Some(false),
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

impl Correlation {
    /// Whether the reply was to the call's own command; none if that cannot be told.
    fn own(&self, call: CallId, asked: KeyId, returned: Returned) -> Option<bool> {
        if returned.command == CommandId(0) {
            // Not from a reply at all: a value that the client kept itself, say.
            return None;
        }
        if returned.answered != CallId(0) {
            return Some(returned.answered == call);
        }
        let began_ms = self.began_ms.get(call.0)?;
        let got = self.key_of(returned.command);
        Some(returned.sent_ms >= *began_ms && got.is_none_or(|key| key == asked))
    }

    /// Which key a command got, if it is one of the latest of nobody's.
    fn key_of(&self, wanted: CommandId) -> Option<KeyId> {
        let (command, key) = (*self.got.get(wanted.0 as usize % KEPT)?)?;
        (command == wanted).then_some(key)
    }
}

#[cfg(test)]
mod tests {
    use crate::Terms;
    use crate::fixture::calls::{calls, crossed};
    use crate::fixture::{Reply, Tape};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_agrees_with_the_slow_and_obvious_one(entries in calls()) {
            let mut tape = Tape::new(Terms::default());
            tape.play(&entries);
            let (tested, wrong) = crossed(&entries);
            prop_assert_eq!(tape.count("I4"), wrong);
            prop_assert_eq!(tape.finish(1_000).checked["I4"], tested);
        }
    }

    #[test]
    fn equal_values_by_luck_do_not_fool_it() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1").gets(2, 6, "user:1");
        tape.at(11).returns(6, "user:1", Reply::to(5).written_for("user:1"));
        assert_eq!((tape.count("I4"), tape.count("I3")), (1, 0));
    }

    #[test]
    fn on_a_shared_connection_a_reply_cannot_be_older_than_its_call() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1");
        tape.at(12).returns(5, "user:1", Reply::unknown(10).written_for("user:1"));
        assert_eq!(tape.count("I4"), 0);
        tape.returns(5, "user:1", Reply::unknown(9).written_for("user:1"));
        assert_eq!(tape.count("I4"), 1);
    }

    #[test]
    fn on_a_shared_connection_a_reply_is_for_the_key_that_was_asked_for() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1").nobodys_get(4, 71, "user:2").nobodys_get(4, 72, "user:1");
        // The value is right, since somebody wrote it under the wrong key.
        tape.at(12).returns(5, "user:1", Reply::unknown(10).of(71).written_for("user:1"));
        assert_eq!((tape.count("I4"), tape.count("I3")), (1, 0));
        tape.returns(5, "user:1", Reply::unknown(10).of(72).written_for("user:1"));
        assert_eq!((tape.count("I4"), tape.count("I3")), (1, 0));
    }

    #[test]
    fn an_answer_out_of_thin_air_breaks_it() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1").unfounded(5, "user:1", 4);
        assert_eq!(tape.count("I4"), 1);
    }

    #[test]
    fn a_value_without_a_command_is_not_tested() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).gets(1, 5, "user:1");
        tape.returns(5, "user:1", Reply::default().written_for("user:1"));
        assert_eq!(tape.finish(20).checked["I4"], 0);
    }
}
