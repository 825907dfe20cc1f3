//! I8: the service decides for the sender of a request.
//!
//! A worker whose "current user" is overwritten while it waits looks up another user's relation,
//! and all that follows is correct but for the user. It shows where the service asks: the directory
//! sees for whom it has to decide, and the probe sees whose relation is requested, both in the
//! scope of the request; and the device itself has said whose request that is. A request that waits
//! for another's look-up asks nothing. A request that is given a kept answer asks nothing either,
//! but then the answer must have been worked out for its sender.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Fact, Principal, Subject};

#[derive(Default)]
pub(crate) struct Principals {
    checked: u64,
}

impl Invariant for Principals {
    const ABOUT: About = About {
        id: InvariantId::I8,
        name: "principal",
        summary: "the service decides for the sender of a request",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let about = match entry.what {
            Fact::Consulted { about: Some(about), .. } => about,
            // Writes do not count: a change invalidates or replaces the entries of other users.
            Fact::CallBegan { op, about: Some(user), .. } if op.reads() => Principal::User(user),
            Fact::GivenAgain { of } => match context.recent.get(of) {
                Some(first) => first.by,
                None => return,
            },
            _ => return,
        };
        let Some(request) = context.recent.get(entry.request) else { return };
        if let Subject::Camera { user: other, .. } = request.subject {
            // A change concerns its sender and its subject, and touches the entries of other users.
            if matches!(entry.what, Fact::CallBegan { .. }) || about == Principal::User(other) {
                return;
            }
        }
        let same = match (request.by, about) {
            (Principal::User(by), Principal::User(about)) => by == about,
            (Principal::Device(by), Principal::Device(about)) => by == about,
            // A gateway's job asks for many users, and a camera's event is for users.
            _ => return,
        };
        self.checked += 1;
        if !same {
            let occurrence = Occurrence {
                at_ms: entry.at_ms,
                user: context.recent.user(entry.request),
                event: None,
            };
            report.add(&Self::ABOUT, occurrence, || story::taken_for(entry, about, context));
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I8;
    use crate::fixture::naive::principal::{history, mistaken};
    use crate::fixture::{Tape, person};
    use crosswire_history::{DeviceId, Op, Principal, Subject};
    use proptest::prelude::*;

    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).issues(1, 3, Op::List, 5000).issues(2, 4, Op::List, 5000);
        tape
    }

    #[test]
    fn deciding_for_another_user_breaks_it() {
        let mut tape = tape();
        tape.at(20).gets_of(1, 5, 3).consults(1, person(3));
        assert_eq!(tape.count(I8), 0);
        tape.gets_of(1, 6, 4).consults(1, person(4));
        let findings = tape.finish(30);
        assert_eq!((findings.counts[&I8], findings.checked[&I8]), (2, 4));
        assert_eq!(findings.violations[0].user, Some(3));
    }

    #[test]
    fn waiting_for_another_look_up_of_the_same_user_is_no_mistake() {
        let mut tape = tape();
        tape.issues(7, 3, Op::Video, 5000);
        // Request 1 leads the shared read; request 7, of the same user, waits for it.
        tape.at(20).consults(1, person(3));
        tape.at(30).gets_of(7, 8, 3);
        assert_eq!(tape.count(I8), 0);
    }

    #[test]
    fn a_kept_answer_is_for_the_user_it_was_worked_out_for() {
        let mut tape = tape();
        tape.issues(7, 3, Op::List, 5000).at(20).consults(1, person(3)).gives_again(7, 1);
        assert_eq!(tape.count(I8), 0);
        // It does not matter whether the answer would have been equal.
        tape.gives_again(2, 1);
        let findings = tape.finish(30);
        assert_eq!((findings.counts[&I8], findings.checked[&I8]), (1, 3));
        assert_eq!(findings.violations[0].user, Some(4));
    }

    #[test]
    fn a_gateways_job_and_a_camera_may_ask_for_users() {
        let mut tape = tape();
        tape.fans_out(9).consults(9, person(3)).gets_of(9, 5, 4);
        let camera = |device| Principal::Device(DeviceId(device));
        tape.asks_about(10, camera(1), Op::Upload, Subject::Oneself).consults(10, person(4));
        tape.consults(77, person(1)).consults(0, person(1));
        assert_eq!(tape.finish(30).checked[&I8], 0);
        tape.consults(10, camera(1)).consults(10, camera(2));
        assert_eq!(tape.count(I8), 1);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in history()) {
            let mut tape = Tape::new(Bounds::default());
            tape.play(&history);
            let (mistaken, checked) = mistaken(&history);
            let findings = tape.finish(1_000_000);
            prop_assert_eq!(findings.counts.get(&I8).copied().unwrap_or(0), mistaken);
            prop_assert_eq!(findings.checked[&I8], checked);
        }
    }
}
