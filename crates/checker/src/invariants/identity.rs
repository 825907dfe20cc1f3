//! I9: one device and epoch is one camera.
//!
//! The bytes show which camera made them, by what its hardware proves, and under which identity.
//! Two makers under one identity and epoch are two cameras that the service takes for one: their
//! numbers collide, and the owner of one is shown what the other sees. Names do not matter here,
//! nor does the user who was shown it. Both were authenticated before that: a camera is the second
//! if it authenticates with an identity under which another has authenticated in the same epoch. In
//! its first epoch a device is the camera that was registered when the run began.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::recent::Request;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{
    DeviceId, Entry, Epoch, Fact, Op, Origin, Outcome, Principal, RequestId, Serial, UserId,
};
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Identity {
    /// By device: the first epoch from which anything was delivered, and the maker.
    first: Vec<Option<(Epoch, Serial)>>,
    /// The first maker in each of the other epochs.
    others: BTreeMap<(DeviceId, Epoch), Serial>,
    /// By device: the latest epoch in which a camera authenticated, the first camera that did, and
    /// when, unless it was there from the start.
    let_in: Vec<Option<(Epoch, Serial, Option<u64>)>>,
    /// The requests to authenticate with the identity of another, and the camera that sent each.
    asking: BTreeMap<RequestId, Serial>,
    checked: u64,
}

impl Invariant for Identity {
    const ABOUT: About = About {
        id: InvariantId::I9,
        name: "unique identity",
        summary: "within one epoch, all that authenticates as a device or delivers its events is a single camera",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        match entry.what {
            Fact::Delivered { user, origin: Some(origin), .. } => {
                self.delivered(entry, (user, origin), context, report);
            }
            Fact::Cloned { maker, .. } => drop(self.asking.insert(entry.request, maker)),
            Fact::Settled { op: Op::Authenticate, outcome } => {
                let double = self.asking.remove(&entry.request);
                if outcome == Outcome::Ok {
                    self.let_in(entry, double, context, report);
                }
            }
            _ => {}
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

impl Identity {
    #[inline]
    fn delivered(
        &mut self,
        entry: &Entry,
        (user, origin): (UserId, Origin),
        context: &Context<'_>,
        report: &mut Report,
    ) {
        self.checked += 1;
        let first = self.first_maker(origin);
        if first != origin.maker {
            let (user, event) = (Some(user), Some(origin.event));
            let occurrence = Occurrence { at_ms: entry.at_ms, user, event };
            report.add(&Self::ABOUT, occurrence, || story::two_makers(entry, first, context));
        }
    }

    /// Returns the maker of the first event that was delivered from the same device and epoch.
    fn first_maker(&mut self, origin: Origin) -> Serial {
        let Origin { event, epoch, maker, .. } = origin;
        let first =
            crate::list::slot(&mut self.first, event.device.0).get_or_insert((epoch, maker));
        if first.0 == epoch {
            return first.1;
        }
        *self.others.entry((event.device, epoch)).or_insert(maker)
    }

    /// Notes that a camera has authenticated. Unless it has the identity of another, its number is
    /// that of its device. A request that was sent in one epoch and answered in another may count
    /// for either.
    fn let_in(
        &mut self,
        entry: &Entry,
        double: Option<Serial>,
        context: &Context<'_>,
        report: &mut Report,
    ) {
        // Phones authenticate, too.
        let Some(&Request { by: Principal::Device(device), began_ms, .. }) =
            context.recent.get(entry.request)
        else {
            return;
        };
        let Some(epoch) = context.ledger.epoch(device, began_ms) else { return };
        let own = Serial(device.0);
        let maker = double.unwrap_or(own);
        let there =
            crate::list::slot(&mut self.let_in, device.0).get_or_insert((Epoch(1), own, None));
        if there.0 != epoch {
            *there = (epoch, maker, Some(entry.at_ms));
        }
        let &mut (_, first, since_ms) = there;
        if first != maker {
            self.checked += 1;
            let occurrence = Occurrence { at_ms: entry.at_ms, ..Occurrence::default() };
            let pair = ((first, since_ms), (maker, entry.at_ms));
            report.add(&Self::ABOUT, occurrence, || story::two_let_in(device, pair, context));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::{I1, I2, I9};
    use crate::fixture::{Tape, event, naive, origin};
    use crosswire_history::Exposure::{Listed, Pushed, Thumbnail};
    use crosswire_history::{Op, Origin, Outcome, Serial};
    use proptest::prelude::*;

    fn made_by(maker: u32, seq: u32, epoch: u32) -> Origin {
        Origin { maker: Serial(maker), ..origin(17, seq, epoch) }
    }

    #[test]
    fn a_second_maker_under_one_identity_breaks_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17);
        tape.at(500).shows(1, event(17, 1), Some(made_by(17, 1, 1)), Pushed);
        tape.at(600).shows(1, event(17, 1), Some(made_by(40, 1, 1)), Thumbnail);
        let findings = tape.finish(1000);
        assert_eq!((findings.counts[&I9], findings.checked[&I9]), (1, 2));
        assert!(
            !findings.counts.contains_key(&I2),
            "the name is correct: there are two such events"
        );
    }

    #[test]
    fn it_is_not_fooled_by_a_new_epoch_a_wrong_name_or_bytes_that_no_camera_made() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17).claims(1, 17).claims(1, 18);
        tape.at(500).shows(1, event(17, 1), Some(made_by(17, 1, 1)), Listed);
        // Another camera was set up under the identity by its next owner.
        tape.shows(1, event(17, 2), Some(made_by(40, 2, 2)), Listed);
        // The bytes of another camera under this one's name are I2's concern.
        tape.shows(1, event(17, 1), Some(origin(18, 1, 1)), Thumbnail);
        tape.shows(1, event(17, 1), None, Thumbnail);
        assert_eq!(tape.count(I9), 0);
        // The same owner, the same right, and still two cameras.
        tape.shows(1, event(17, 3), Some(made_by(40, 3, 1)), Listed);
        assert_eq!((tape.count(I9), tape.count(I1)), (1, 0));
    }

    #[test]
    fn a_second_camera_that_is_let_in_breaks_it_before_anything_is_shown() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17);
        tape.at(100).is_let_in(1, 17, None);
        tape.at(200).shows_itself(2, 17, Some(40)).settles(2, Op::Authenticate, Outcome::Denied);
        assert_eq!(tape.count(I9), 0, "it was kept out");
        tape.at(300).is_let_in(3, 17, Some(40));
        // In the second epoch, the camera itself was not there yet.
        tape.at(400).claims(2, 17).is_let_in(4, 17, Some(40));
        tape.at(500).is_let_in(5, 17, None);
        let findings = tape.finish(1000);
        assert_eq!((findings.counts[&I9], findings.checked[&I9]), (2, 2));
        let stories: Vec<_> =
            findings.violations.iter().map(|found| found.story.join("\n")).collect();
        insta::assert_snapshot!(stories.join("\n\n"), @r"
            0.000 serial-17 is registered as camera-17
            0.300 serial-40 asks to be let in as camera-17, as another does
            0.300 serial-40 is let in as camera-17 too

            0.400 serial-40 asks to be let in as camera-17, as another does
            0.400 serial-40 is let in as camera-17
            0.500 serial-17 is let in as camera-17 too
        ");
    }

    #[test]
    fn it_is_not_fooled_by_a_camera_that_returns_comes_first_or_spans_a_transfer() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17).claims(1, 18).claims(2, 18);
        tape.at(100).is_let_in(1, 17, None).is_let_in(2, 17, None);
        // In a new epoch the double was there first, and the camera itself is kept out.
        tape.at(200).is_let_in(3, 18, Some(40));
        tape.shows_itself(4, 18, None).settles(4, Op::Authenticate, Outcome::Denied);
        // It asks before the transfer and is answered after it: the epoch is unknown.
        tape.at(300).shows_itself(5, 17, Some(41));
        tape.at(400).claims(2, 17).is_let_in(6, 17, None);
        tape.at(500).settles(5, Op::Authenticate, Outcome::Ok);
        assert_eq!(tape.count(I9), 0);
    }

    proptest! {
        #[test]
        fn on_authentication_it_agrees_with_a_checker_that_keeps_everything(
            steps in prop::collection::vec((0_u32..2, 0_u32..4, 0_u32..5), 0..60),
        ) {
            let mut tape = Tape::new(Bounds::default());
            tape.at(0).claims(1, 0).claims(1, 1);
            for (at, &(device, maker, kind)) in steps.iter().enumerate() {
                let double = if maker > 1 { Some(maker) } else { None };
                tape.at(at as u64 + 1);
                match kind {
                    0 => tape.claims(1, device),
                    _ => tape.is_let_in(at as u32 + 1, device, double),
                };
            }
            prop_assert_eq!(tape.count(I9), naive::second_let_in(&steps));
        }

        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            shown in prop::collection::vec((0_u32..2, 1_u32..3, 0_u32..3), 0..40),
        ) {
            let mut tape = Tape::new(Bounds::default());
            for (at, &(device, epoch, maker)) in shown.iter().enumerate() {
                let origin = Origin { maker: Serial(maker), ..origin(device, at as u32, epoch) };
                tape.at(at as u64).shows(1, origin.event, Some(origin), Listed);
            }
            prop_assert_eq!(tape.count(I9), naive::second_makers(&shown));
        }
    }
}
