//! I14: after recovery no request is refused that its sender has a right to.
//!
//! A service that blocks everything leaks nothing; this invariant, with I11, is the price of doing
//! so. Rights come from the ledger, and a right that is younger than the declared bound of
//! freshness may not be known yet where it is checked. A link that has expired, a camera that was
//! deleted, and a change that an earlier attempt has made are refused correctly.

use super::invariant::Invariant;
use super::rights::Rights;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, EventId, Fact, Outcome, Subject};

#[derive(Default)]
pub(crate) struct Denial {
    rights: Rights,
    checked: u64,
}

impl Invariant for Denial {
    const ABOUT: About = About {
        id: InvariantId::I14,
        name: "no false denial",
        summary: "after recovery no request is refused that the directory allows",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let (op, denied) = match entry.what {
            Fact::Captured { .. } => return self.rights.observe(entry),
            Fact::Settled { op, outcome: Outcome::Ok } => (op, false),
            Fact::Settled { op, outcome: Outcome::Denied } => (op, true),
            _ => return,
        };
        let recovered_ms = context.bounds.recovered_ms();
        if entry.at_ms < recovered_ms {
            return;
        }
        let Some(request) = context.recent.get(entry.request) else { return };
        if request.began_ms < recovered_ms || request.dishonest {
            return;
        }
        self.checked += 1;
        if denied && self.rights.is_entitled(request, op, entry.at_ms, context) {
            let (user, event) = (context.recent.user(entry.request), event_of(request.subject));
            let (occurrence, subject) =
                (Occurrence { at_ms: entry.at_ms, user, event }, request.subject);
            report.add(&Self::ABOUT, occurrence, || story::denied(entry, subject, context));
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

fn event_of(subject: Subject) -> Option<EventId> {
    match subject {
        Subject::Event { event } | Subject::Link { event, .. } => Some(event),
        Subject::Oneself | Subject::Camera { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I14;
    use crate::fixture::naive::denial::{bounds, history, refused};
    use crate::fixture::{Tape, event, person};
    use crosswire_history::{DeviceId, Op, Outcome, Principal, Subject, UserId};
    use proptest::prelude::*;

    /// From 10.000 on, the service has recovered. Camera 17 is user 1's, and user 3 may watch it.
    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds {
            faults_end_ms: 5000,
            recover_within_ms: 5000,
            freshness_ms: 2000,
            ..Bounds::default()
        });
        tape.at(0).claims(1, 17).grants(3, 17).at(500).captures(event(17, 1));
        tape
    }

    const VIDEO: Subject = Subject::Event { event: event(17, 1) };

    fn refuses(tape: &mut Tape, by: Principal, op: Op, subject: Subject) -> u64 {
        let before = tape.count(I14);
        tape.asks_about(70, by, op, subject).settles(70, op, Outcome::Denied);
        tape.count(I14) - before
    }

    #[test]
    fn blocking_everything_breaks_it() {
        let mut tape = tape();
        let camera = Principal::Device(DeviceId(17));
        let own = Subject::Camera { device: DeviceId(17), user: UserId(4) };
        tape.at(20_000);
        let asked = [
            (person(9), Op::List, Subject::Oneself),
            (person(1), Op::Video, VIDEO),
            (person(3), Op::Video, VIDEO),
            (person(3), Op::Thumbnail, Subject::Link { event: event(17, 1), until_ms: 20_000 }),
            (camera, Op::Authenticate, Subject::Oneself),
            (camera, Op::Upload, VIDEO),
            (person(1), Op::Share, own),
            (person(1), Op::Transfer, own),
            (person(5), Op::Reclaim, own),
        ];
        for (by, op, subject) in asked {
            assert_eq!(refuses(&mut tape, by, op, subject), 1, "{by} {op:?}");
        }
        let findings = tape.finish(30_000);
        assert_eq!(findings.checked[&I14], 9);
        assert_eq!(findings.violations[1].event.as_deref(), Some("camera-17/1"));
    }

    #[test]
    fn what_is_not_theirs_may_be_refused() {
        let mut tape = tape();
        tape.at(20_000);
        let own = |user| Subject::Camera { device: DeviceId(17), user: UserId(user) };
        let asked = [
            (person(9), Op::Video, VIDEO),
            (person(1), Op::Thumbnail, Subject::Link { event: event(17, 1), until_ms: 19_999 }),
            (person(3), Op::Share, own(3)),
            (person(1), Op::Reclaim, own(1)),
            (person(1), Op::Transfer, own(1)),
            (Principal::Device(DeviceId(16)), Op::Upload, VIDEO),
        ];
        for (by, op, subject) in asked {
            assert_eq!(refuses(&mut tape, by, op, subject), 0, "{by} {op:?}");
        }
    }

    #[test]
    fn before_recovery_a_service_may_refuse() {
        let mut tape = tape();
        tape.at(9999).asks_about(71, person(1), Op::List, Subject::Oneself);
        tape.at(10_001).settles(71, Op::List, Outcome::Denied);
        assert_eq!(tape.finish(11_000).checked[&I14], 0);
    }

    #[test]
    fn a_right_is_young_until_the_bound_has_passed() {
        let mut tape = tape();
        tape.at(18_000).grants(4, 17);
        tape.at(19_999);
        assert_eq!(refuses(&mut tape, person(4), Op::Video, VIDEO), 0);
        tape.at(20_000);
        assert_eq!(refuses(&mut tape, person(4), Op::Video, VIDEO), 1);
        tape.revokes(4, 17);
        assert_eq!(refuses(&mut tape, person(4), Op::Video, VIDEO), 0);
    }

    #[test]
    fn after_a_transfer_each_owner_is_still_entitled_to_their_own() {
        let mut tape = tape();
        tape.at(12_000).claims(2, 17).at(12_500).captures(event(17, 2));
        tape.at(20_000);
        let new = Subject::Event { event: event(17, 2) };
        for (user, subject, refused) in [(1, VIDEO, 1), (2, VIDEO, 0), (1, new, 0), (2, new, 1)] {
            assert_eq!(refuses(&mut tape, person(user), Op::Video, subject), refused);
        }
    }

    #[test]
    fn a_change_that_was_made_already_and_a_deleted_camera_may_be_refused() {
        let mut tape = tape();
        let own = Subject::Camera { device: DeviceId(17), user: UserId(1) };
        tape.at(20_000).asks_about(71, person(1), Op::Delete, own);
        // The first attempt, whose answer was lost, is carried out meanwhile.
        tape.at(20_100).deletes(17).settles(71, Op::Delete, Outcome::Denied);
        assert_eq!(tape.count(I14), 0);
        let camera = Principal::Device(DeviceId(17));
        assert_eq!(refuses(&mut tape, camera, Op::Upload, VIDEO), 0);
        assert_eq!(refuses(&mut tape, person(1), Op::Video, VIDEO), 1, "what was theirs stays so");
    }

    #[test]
    fn the_events_of_a_camera_that_counts_twice_are_not_judged() {
        let mut tape = tape();
        tape.at(600).claims(2, 17).at(700).captures(event(17, 5)).captures(event(17, 2));
        tape.at(20_000);
        assert_eq!(refuses(&mut tape, person(1), Op::Video, VIDEO), 0);
        let camera = Principal::Device(DeviceId(17));
        assert_eq!(refuses(&mut tape, camera, Op::Authenticate, Subject::Oneself), 0);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in history()) {
            let mut tape = Tape::new(bounds());
            tape.play(&history);
            let (refused, checked) = refused(&history);
            let findings = tape.finish(1_000_000);
            prop_assert_eq!(findings.counts.get(&I14).copied().unwrap_or(0), refused);
            prop_assert_eq!(findings.checked[&I14], checked);
        }
    }
}
