//! I9: whatever a device made in one epoch, one camera made.
//!
//! The bytes tell which camera made them, by what its hardware proves, and under which identity.
//! Two makers under one identity and epoch are two cameras that the service takes for one: their
//! numbers collide, and the owner of one is shown what the other sees. Names do not matter here, nor
//! who was shown it.

use super::{About, Invariant, World};
use crate::docket::{Charge, Docket};
use crate::story;
use crosswire_history::{DeviceId, Entry, Epoch, Origin, Serial, What};
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Identity {
    /// By device: the first epoch of which anything was delivered, and who made that.
    first: Vec<Option<(Epoch, Serial)>>,
    /// The same for the other epochs.
    others: BTreeMap<(DeviceId, Epoch), Serial>,
    checked: u64,
}

impl Invariant for Identity {
    const ABOUT: About = About {
        id: "I9",
        name: "unique identity",
        summary: "what is delivered of one device and epoch was made by one camera",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, world: &World<'_>, docket: &mut Docket) {
        let What::Delivered { user, origin: Some(origin), .. } = entry.what else { return };
        self.checked += 1;
        let first = self.first_maker(origin);
        if first != origin.maker {
            let (user, event) = (Some(user), Some(origin.event));
            let charge = Charge { at_ms: entry.at_ms, user, event };
            docket.report(&Self::ABOUT, charge, || story::two_makers(entry, first, world));
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

impl Identity {
    /// Who made the first that was delivered of the same device and epoch.
    fn first_maker(&mut self, origin: Origin) -> Serial {
        let Origin { event, epoch, maker, .. } = origin;
        let first = crate::slot(&mut self.first, event.device.0).get_or_insert((epoch, maker));
        if first.0 == epoch {
            return first.1;
        }
        *self.others.entry((event.device, epoch)).or_insert(maker)
    }
}

#[cfg(test)]
mod tests {
    use crate::Terms;
    use crate::fixture::{Tape, event, naive, origin};
    use crosswire_history::Exposure::{Listed, Pushed, Thumbnail};
    use crosswire_history::{Origin, Serial};
    use proptest::prelude::*;

    fn made_by(maker: u32, seq: u32, epoch: u32) -> Origin {
        Origin { maker: Serial(maker), ..origin(17, seq, epoch) }
    }

    #[test]
    fn a_second_maker_under_one_identity_breaks_it() {
        let mut tape = Tape::new(Terms::default());
        tape.at(0).claims(1, 17);
        tape.at(500).shows(1, event(17, 1), Some(made_by(17, 1, 1)), Pushed);
        tape.at(600).shows(1, event(17, 1), Some(made_by(40, 1, 1)), Thumbnail);
        let findings = tape.finish(1000);
        assert_eq!((findings.counts["I9"], findings.checked["I9"]), (1, 2));
        assert!(!findings.counts.contains_key("I2"), "the event is rightly named: there are two");
    }

    #[test]
    fn it_is_not_fooled_by_a_new_epoch_a_wrong_name_or_nobodys_bytes() {
        let mut tape = Tape::new(Terms::default());
        tape.at(0).claims(1, 17).claims(1, 17).claims(1, 18);
        tape.at(500).shows(1, event(17, 1), Some(made_by(17, 1, 1)), Listed);
        // Another camera was set up under the identity by its next owner.
        tape.shows(1, event(17, 2), Some(made_by(40, 2, 2)), Listed);
        // The bytes of another camera under this one's name are another promise's business.
        tape.shows(1, event(17, 1), Some(origin(18, 1, 1)), Thumbnail);
        tape.shows(1, event(17, 1), None, Thumbnail);
        assert_eq!(tape.count("I9"), 0);
        // The same owner, the same right, and still two cameras.
        tape.shows(1, event(17, 3), Some(made_by(40, 3, 1)), Listed);
        assert_eq!((tape.count("I9"), tape.count("I1")), (1, 0));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            shown in prop::collection::vec((0_u32..2, 1_u32..3, 0_u32..3), 0..40),
        ) {
            let mut tape = Tape::new(Terms::default());
            for (at, &(device, epoch, maker)) in shown.iter().enumerate() {
                let origin = Origin { maker: Serial(maker), ..origin(device, at as u32, epoch) };
                tape.at(at as u64).shows(1, origin.event, Some(origin), Listed);
            }
            prop_assert_eq!(tape.count("I9"), naive::second_makers(&shown));
        }
    }
}
