//! I3: a value returned for a key was once written for that key.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Fact};

#[derive(Default)]
pub(crate) struct Provenance {
    checked: u64,
}

impl Invariant for Provenance {
    const ABOUT: About = About {
        id: InvariantId::I3,
        name: "provenance",
        summary: "a value returned for a key was once written for that key",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let Fact::Value { asked, returned, .. } = entry.what else { return };
        self.checked += 1;
        if returned.written_for == Some(asked) {
            return;
        }
        let user = context.recent.user(entry.request);
        let occurrence = Occurrence { at_ms: entry.at_ms, user, event: None };
        report.add(&Self::ABOUT, occurrence, || story::crossed(entry, context));
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::{I3, I4};
    use crate::fixture::{Reply, Tape};
    use proptest::prelude::*;

    #[test]
    fn a_value_written_for_another_key_or_for_none_breaks_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).gets(1, 5, "user:1");
        tape.at(11).returns(5, "user:1", Reply::to(5).written_for("user:1"));
        assert_eq!(tape.count(I3), 0);
        tape.returns(5, "user:1", Reply::to(5).written_for("user:2"));
        tape.returns(5, "user:1", Reply::to(5));
        assert_eq!(tape.count(I3), 2);
        assert_eq!(tape.finish(20).checked[&I3], 3);
    }
    #[test]
    fn the_right_value_on_the_wrong_connection_does_not_fool_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).gets(1, 5, "user:1").gets(2, 6, "user:1");
        // The reply to another call's command, which asked for the same key, is I4's concern alone.
        tape.at(11).returns(6, "user:1", Reply::to(5).written_for("user:1"));
        assert_eq!((tape.count(I3), tape.count(I4)), (0, 1));
    }

    const KEYS: [&str; 3] = ["user:1", "user:2", "camera:1"];

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            written in prop::collection::vec(0_usize..3, 1..8),
            returned in prop::collection::vec((0_usize..3, 0_usize..9), 0..40),
        ) {
            let mut tape = Tape::new(Bounds::default());
            for &(asked, value) in &returned {
                let reply = Reply::to(5);
                let reply = match written.get(value) {
                    Some(&key) => reply.written_for(KEYS[key]),
                    None => reply,
                };
                tape.at(10).gets(1, 5, KEYS[asked]).returns(5, KEYS[asked], reply);
            }
            let strange = |&&(asked, value): &&(usize, usize)| {
                !(0..written.len()).any(|write| write == value && written[write] == asked)
            };
            prop_assert_eq!(tape.count(I3), returned.iter().filter(strange).count() as u64);
            prop_assert_eq!(tape.finish(20).checked[&I3], returned.len() as u64);
        }
    }
}
