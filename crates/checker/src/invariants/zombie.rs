//! I6, second part: a guest whose grant was revoked is not let in again by a request that is over.
//!
//! Users number their intents. Once the revocation of a guest was acknowledged, that guest may be
//! let in again only if the host has asked for it since: by a share with a higher number. A grant
//! that is committed without one is due to a request that was tried again, or held back, after it
//! had stopped to matter. The facts show who asked for what and what the directory committed; in
//! whose name the commit was made does not matter.

use crate::about::About;
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crate::window::Window;
use crosswire_history::{Change, DeviceId, Entry, Fact, Intent, Op, Outcome, UserId};
use std::collections::BTreeMap;

/// Grows with the number of revoked guests, and of changes in flight.
#[derive(Default)]
pub(crate) struct Zombie {
    /// The revocations that are not answered yet, by request.
    asked: Window<(Guest, Intent)>,
    guests: BTreeMap<Guest, Wishes>,
    checked: u64,
}

type Guest = (DeviceId, UserId);

/// The latest intents for a guest; 0 before the first.
#[derive(Clone, Copy, Default)]
struct Wishes {
    shared: Intent,
    /// The latest among the acknowledged revocations.
    revoked: Intent,
}

impl Zombie {
    /// Returns how often it was really tested.
    pub(super) fn checked(&self) -> u64 {
        self.checked
    }

    /// Looks at an entry, and reports what it finds as a violation of `about`.
    #[inline]
    pub(super) fn observe(
        &mut self,
        about: &About,
        entry: &Entry,
        context: &Context<'_>,
        report: &mut Report,
    ) {
        match entry.what {
            Fact::Asked { op, device, user, intent } => {
                self.asked(entry, op, (device, user), intent);
            }
            Fact::Settled { op: Op::Revoke, outcome } => self.settled(entry, outcome),
            Fact::Committed { change: Change::Granted { device, user, .. }, .. } => {
                self.granted(about, entry, (device, user), context, report);
            }
            _ => {}
        }
    }

    fn asked(&mut self, entry: &Entry, op: Op, guest: Guest, intent: Intent) {
        match op {
            Op::Share => {
                let wishes = self.guests.entry(guest).or_default();
                wishes.shared = wishes.shared.max(intent);
            }
            Op::Revoke => self.asked.insert(entry.request.0, (guest, intent)),
            _ => {}
        }
    }

    fn settled(&mut self, entry: &Entry, outcome: Outcome) {
        // A history that is read from a file may begin in the middle of a request.
        let Some((guest, intent)) = self.asked.remove(entry.request.0) else { return };
        if outcome == Outcome::Ok {
            let wishes = self.guests.entry(guest).or_default();
            wishes.revoked = wishes.revoked.max(intent);
        }
    }

    fn granted(
        &mut self,
        about: &About,
        entry: &Entry,
        guest: Guest,
        context: &Context<'_>,
        report: &mut Report,
    ) {
        let wishes = match self.guests.get(&guest) {
            Some(wishes) if wishes.revoked > Intent(0) => wishes,
            _ => return,
        };
        self.checked += 1;
        if wishes.shared <= wishes.revoked {
            let occurrence = Occurrence { at_ms: entry.at_ms, user: Some(guest.1), event: None };
            report.add(about, occurrence, || story::zombie(entry, guest, context));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I6;
    use crate::fixture::{Tape, naive};
    use crosswire_history::Op::{Revoke, Share};
    use crosswire_history::Outcome::{Denied, Ok, TimedOut};
    use proptest::prelude::*;

    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17);
        tape
    }

    #[test]
    fn a_share_that_comes_back_after_the_revocation_breaks_it() {
        let mut tape = tape();
        tape.at(100).asks(1, Share, 17, 3, 1);
        tape.at(400).settles(1, Share, TimedOut);
        tape.at(500).asks(2, Share, 17, 3, 1).grants(3, 17).settles(2, Share, Ok);
        tape.at(900).asks(3, Revoke, 17, 3, 2).revokes(3, 17).settles(3, Revoke, Ok);
        assert_eq!(tape.count(I6), 0);
        tape.at(1500).grants(3, 17);
        let findings = tape.finish(2000);
        assert_eq!((findings.counts[&I6], findings.checked[&I6]), (1, 1));
    }

    #[test]
    fn a_host_may_share_again_before_the_revocation_is_answered() {
        let mut tape = tape();
        tape.at(100).asks(1, Revoke, 17, 3, 1);
        tape.at(150).asks(2, Share, 17, 3, 2);
        tape.at(200).settles(1, Revoke, Ok);
        tape.at(300).grants(3, 17);
        assert_eq!(tape.count(I6), 0);
    }

    #[test]
    fn only_an_acknowledged_revocation_of_that_guest_counts() {
        let mut tape = tape();
        tape.at(100).asks(1, Share, 17, 3, 1).asks(2, Share, 17, 4, 2);
        tape.at(200).asks(3, Revoke, 17, 3, 3).settles(3, Revoke, TimedOut);
        tape.asks(4, Revoke, 18, 3, 4).settles(4, Revoke, Ok);
        tape.asks(5, Revoke, 17, 4, 5).settles(5, Revoke, Denied);
        tape.at(300).grants(3, 17).grants(4, 17);
        assert_eq!(tape.count(I6), 0);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            steps in prop::collection::vec((0_u8..4, 0_u32..2, 1_u32..8), 0..60),
        ) {
            let mut tape = tape();
            for (at, &(kind, guest, number)) in steps.iter().enumerate() {
                tape.at(at as u64);
                match kind {
                    0 => tape.asks(100 + at as u32, Share, 17, guest, number),
                    1 => tape.asks(number, Revoke, 17, guest, 10 + at as u32),
                    2 => tape.settles(number, Revoke, if guest == 0 { Ok } else { TimedOut }),
                    _ => tape.grants(guest, 17),
                };
            }
            prop_assert_eq!(tape.count(I6), naive::zombies(&steps));
        }
    }
}
