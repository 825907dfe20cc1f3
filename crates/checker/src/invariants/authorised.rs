//! I1: no user is shown an event that they have no right to see.
//!
//! The bytes show whose event it is, no matter what it is called. The owner of the camera in the
//! epoch of the capture may see it at any time; that right needs no grace. What a camera records
//! under another's identity belongs to the camera's real owner. A grant must have been held at some
//! moment from the request to the delivery, or shortly before: a cache may honour a revoked grant
//! for as long as the bounds allow, and a push may have been decided before the revocation.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Exposure as How, Fact, Origin, UserId};

#[derive(Default)]
pub(crate) struct Authorised {
    checked: u64,
}

impl Invariant for Authorised {
    const ABOUT: About = About {
        id: InvariantId::I1,
        name: "authorised delivery",
        summary: "an event reaches only users who owned its camera when it was captured or who hold a grant",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let Fact::Delivered { user, origin: Some(origin), how, since_ms, .. } = entry.what else {
            return;
        };
        self.checked += 1;
        let from_ms = since_ms.min(entry.at_ms).saturating_sub(grace_ms(how, context));
        if context.ledger.may_be_shown(user, origin, from_ms, entry.at_ms) {
            return;
        }
        leak(entry, user, origin, how, context, report);
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

/// Returns how long before the request or decision a revoked grant may have ended.
pub(super) fn grace_ms(how: How, context: &Context<'_>) -> u64 {
    let bounds = context.bounds;
    match how {
        How::Pushed => bounds.push_grace_ms.max(bounds.revocation_grace_ms),
        How::Listed | How::Thumbnail | How::Tapped | How::Video => bounds.revocation_grace_ms,
    }
}

#[cold]
fn leak(
    entry: &Entry,
    user: UserId,
    origin: Origin,
    how: How,
    context: &Context<'_>,
    report: &mut Report,
) {
    report.exposure.leaked(entry.at_ms, user, origin.event, how);
    let occurrence = Occurrence { at_ms: entry.at_ms, user: Some(user), event: Some(origin.event) };
    report.add(&Authorised::ABOUT, occurrence, || story::leak(entry, context));
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I1;
    use crate::fixture::{Tape, event, naive};
    use crosswire_history::CacheOp;
    use crosswire_history::Exposure::{Listed, Pushed, Tapped};
    use proptest::prelude::*;

    fn bounds() -> Bounds {
        Bounds { push_grace_ms: 100, revocation_grace_ms: 500, ..Bounds::default() }
    }

    #[test]
    fn a_stranger_is_a_leak_and_an_owner_is_not() {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17).claims(2, 18);
        tape.at(1000).delivers(2, event(18, 1), Listed).delivers(1, event(17, 1), Tapped);
        assert_eq!(tape.count(I1), 0);
        tape.at(2000).delivers(2, event(17, 1), Listed);
        let findings = tape.finish(3000);
        assert_eq!(findings.counts[&I1], 1);
        assert_eq!(findings.checked[&I1], 3);
        let leak = &findings.violations[0];
        assert_eq!(
            (leak.user, leak.device, leak.event.as_deref()),
            (Some(2), Some(17), Some("camera-17/1"))
        );
        assert_eq!((findings.exposure.users, findings.exposure.listed), (1, 1));
        assert_eq!(findings.exposure.first_leak_ms, Some(2000));
    }

    #[test]
    fn a_revoked_viewer_is_excused_during_the_grace_and_not_after() {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(1000).revokes(3, 17);
        tape.at(1499).delivers(3, event(17, 1), Listed).delivers(3, event(17, 1), Pushed);
        assert_eq!(tape.count(I1), 0);
        tape.at(1500).delivers(3, event(17, 1), Listed).delivers(3, event(17, 1), Pushed);
        assert_eq!(tape.count(I1), 2);
    }

    /// A write that is 1,500 ms on its way extends the grace by 1,200 ms, and the ledger remembers
    /// the ended grant for as long, though another grant of the camera follows.
    #[test]
    fn a_grant_is_remembered_for_as_long_as_a_late_write_extends_the_grace() {
        let late = Bounds { loses_messages: true, in_flight_ms: 300, under_way_ms: 0, ..bounds() };
        let mut tape = Tape::new(late);
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(900).calls(2, 1, CacheOp::Set, "k", 1);
        tape.at(1000).revokes(3, 17);
        tape.at(2400).writes_for(1, "k");
        tape.at(2500).grants(4, 17);
        tape.at(2600).revokes(4, 17);
        tape.at(2699).delivers(3, event(17, 1), Listed);
        assert_eq!(tape.count(I1), 0);
        tape.at(2700).delivers(3, event(17, 1), Listed);
        assert_eq!(tape.count(I1), 1);
    }

    #[test]
    fn a_revocation_between_request_and_delivery_is_no_leak() {
        let mut tape = Tape::new(Bounds { revocation_grace_ms: 0, push_grace_ms: 0, ..bounds() });
        tape.at(0).claims(1, 17).grants(3, 17);
        tape.at(1000).revokes(3, 17);
        tape.at(4000).delivers_since(999, 3, event(17, 1), Listed);
        assert_eq!(tape.count(I1), 0);
        tape.delivers_since(1000, 3, event(17, 1), Listed);
        assert_eq!(tape.count(I1), 1);
    }

    #[test]
    fn a_transfer_in_flight_gives_each_owner_their_own_epoch_only() {
        let mut tape = Tape::new(bounds());
        tape.at(0).claims(1, 17);
        tape.at(1000).captures(event(17, 1)).claims(2, 17);
        tape.at(1001).delivers_from(1, 1, event(17, 1), Pushed).delivers_from(
            2,
            2,
            event(17, 2),
            Pushed,
        );
        assert_eq!(tape.count(I1), 0);
        tape.delivers_from(1, 2, event(17, 1), Pushed).delivers_from(2, 1, event(17, 2), Listed);
        assert_eq!(tape.count(I1), 2, "no grace for a user who never had a right to it");
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(history in naive::history()) {
            let bounds = Bounds { push_grace_ms: 2, revocation_grace_ms: 1, under_way_ms: 3, ..bounds() };
            let mut tape = Tape::new(bounds);
            tape.play(&history);
            let (leaks, checked) = naive::leaks(&history, 2, 1);
            let findings = tape.finish(1_000_000);
            prop_assert_eq!(findings.counts.get(&I1).copied().unwrap_or(0), leaks);
            prop_assert_eq!(findings.checked[&I1], checked);
        }
    }
}
