//! I2: the bytes delivered are the bytes of the event named.
//!
//! A correct label over wrong bytes is the sign of a buffer that was recycled too early, and a
//! check of the owner does not see it. Bytes that no camera made, or that differ in one bit, are no
//! event's and violate this as well.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, Fact};

#[derive(Default)]
pub(crate) struct Binding {
    checked: u64,
}

impl Invariant for Binding {
    const ABOUT: About = About {
        id: InvariantId::I2,
        name: "content binding",
        summary: "the bytes delivered are the bytes of the event named",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let Fact::Delivered { user, named, origin, .. } = entry.what else { return };
        self.checked += 1;
        if origin.is_some_and(|origin| origin.event == named) {
            return;
        }
        let occurrence = Occurrence { at_ms: entry.at_ms, user: Some(user), event: Some(named) };
        report.add(&Self::ABOUT, occurrence, || story::mislabelled(entry, context));
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

#[cfg(test)]
mod tests {
    use crate::InvariantId::{I1, I2};
    use crate::fixture::{Tape, event, origin};
    use crate::{Bounds, Verdict};
    use crosswire_history::Exposure::Thumbnail;
    use proptest::prelude::*;

    #[test]
    fn a_correct_label_does_not_fool_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17).claims(2, 18);
        tape.at(500).shows(1, event(17, 1), Some(origin(18, 1, 1)), Thumbnail);
        let findings = tape.finish(1000);
        assert_eq!(findings.verdict, Verdict::Violated);
        assert_eq!(findings.counts[&I2], 1);
        assert_eq!(findings.counts[&I1], 1, "and user 1 sees what user 2's camera recorded");
        assert_eq!(findings.exposure.thumbnails, 1);
    }

    #[test]
    fn another_event_of_the_same_owner_is_wrong_but_no_leak() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17);
        tape.at(500).shows(1, event(17, 1), Some(origin(17, 2, 1)), Thumbnail);
        assert_eq!((tape.count(I2), tape.count(I1)), (1, 0));
    }

    #[test]
    fn bytes_that_no_camera_made_violate_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17);
        tape.at(500).shows(1, event(17, 1), None, Thumbnail);
        assert_eq!((tape.count(I2), tape.count(I1)), (1, 0));
        assert_eq!(
            tape.finish(1000).checked[&I1],
            0,
            "without an origin there is no owner to check"
        );
    }
    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            captured in prop::collection::vec((0_u32..3, 1_u32..3, 1_u32..3), 1..8),
            shown in prop::collection::vec(((0_u32..3, 1_u32..3), 0_usize..9), 0..40),
        ) {
            let bytes = |at: usize| captured.get(at).map(|&(device, seq, epoch)| origin(device, seq, epoch));
            let mut tape = Tape::new(Bounds::default());
            for &((device, seq), at) in &shown {
                tape.at(500).shows(1, event(device, seq), bytes(at), Thumbnail);
            }
            let another = |&&(named, at): &&((u32, u32), usize)| {
                let of_that_name = (0..captured.len()).filter(|at| (captured[*at].0, captured[*at].1) == named);
                !of_that_name.into_iter().any(|own| own == at)
            };
            prop_assert_eq!(tape.count(I2), shown.iter().filter(another).count() as u64);
            prop_assert_eq!(tape.finish(1000).checked[&I2], shown.len() as u64);
        }
    }
}
