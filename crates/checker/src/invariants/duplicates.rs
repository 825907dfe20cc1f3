//! I10: a user receives an event once.
//!
//! A push of an event that was already pushed to the user is a duplicate, no matter how it came
//! about, and so is a second line for one event in one listing. An event that is still there when
//! the user opens the Events tab again is no duplicate, nor is a push of an event that the user
//! found there before: a push takes time. The bytes show which event it is.
//!
//! The latest pushes of each camera are remembered; a duplicate that arrives after that many others
//! is not recognised.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crosswire_history::{Entry, EventId, Exposure as How, Fact, Origin, RequestId, Serial, UserId};
use std::collections::VecDeque;

/// The number of pushes remembered for each camera.
const PUSHES: usize = 256;

/// The number of listings remembered. The lines of one listing arrive at the same time.
const LISTINGS: usize = 16;

#[derive(Default)]
pub(crate) struct Duplicates {
    /// By device: the number of the event, its maker and the user it was pushed to.
    pushed: Vec<VecDeque<(u32, Serial, UserId)>>,
    listed: VecDeque<(RequestId, Vec<(EventId, Serial)>)>,
    checked: u64,
}

impl Invariant for Duplicates {
    const ABOUT: About = About {
        id: InvariantId::I10,
        name: "no duplicates",
        summary: "no user is pushed an event twice, or finds it twice in one list",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        let Fact::Delivered { user, origin: Some(origin), how, .. } = entry.what else { return };
        let first = match how {
            How::Pushed => self.pushed(user, origin),
            How::Listed if entry.request != RequestId(0) => self.listed(entry.request, origin),
            _ => return,
        };
        self.checked += 1;
        if !first {
            let occurrence =
                Occurrence { at_ms: entry.at_ms, user: Some(user), event: Some(origin.event) };
            report.add(&Self::ABOUT, occurrence, || story::delivered_twice(entry, context));
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

impl Duplicates {
    /// Returns whether this is the first push of the event to the user.
    fn pushed(&mut self, user: UserId, origin: Origin) -> bool {
        let pushed = crate::list::slot(&mut self.pushed, origin.event.device.0);
        let push = (origin.event.seq, origin.maker, user);
        if pushed.contains(&push) {
            return false;
        }
        if pushed.len() == PUSHES {
            pushed.pop_front();
        }
        pushed.push_back(push);
        true
    }

    /// Returns whether this is the first line of the event in the listing.
    fn listed(&mut self, request: RequestId, origin: Origin) -> bool {
        let found = self.listed.iter().rposition(|(listing, _)| *listing == request);
        let at = found.unwrap_or_else(|| {
            if self.listed.len() == LISTINGS {
                self.listed.pop_front();
            }
            self.listed.push_back((request, Vec::new()));
            self.listed.len() - 1
        });
        let lines = &mut self.listed[at].1;
        let line = (origin.event, origin.maker);
        let first = !lines.contains(&line);
        if first {
            lines.push(line);
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I10;
    use crate::fixture::{Tape, event, naive, origin};
    use crosswire_history::Exposure::{Listed, Pushed, Tapped, Thumbnail};
    use proptest::prelude::*;

    fn tape() -> Tape {
        let mut tape = Tape::new(Bounds::default());
        tape.at(0).claims(1, 17).grants(3, 17);
        tape
    }

    #[test]
    fn a_second_push_breaks_it_however_much_later() {
        let mut tape = tape();
        tape.at(500).delivers(1, event(17, 1), Pushed);
        tape.at(60_000).delivers(1, event(17, 2), Pushed).delivers(1, event(17, 1), Pushed);
        let findings = tape.finish(61_000);
        assert_eq!((findings.counts[&I10], findings.checked[&I10]), (1, 3));
    }

    #[test]
    fn a_second_line_in_one_listing_breaks_it() {
        let mut tape = tape();
        let line = |seq| (event(17, seq), Some(origin(17, seq, 1)));
        for seq in [1, 2, 1] {
            let (event, origin) = line(seq);
            tape.at(500).shows_in(4, 1, event, origin, Listed);
        }
        assert_eq!(tape.count(I10), 1);
    }

    #[test]
    fn it_is_not_fooled_by_looking_again() {
        let mut tape = tape();
        let shown = (event(17, 1), Some(origin(17, 1, 1)));
        tape.at(500).delivers(1, shown.0, Pushed).delivers(3, shown.0, Pushed);
        for (request, user) in [(4, 1), (5, 1), (6, 3)] {
            tape.shows_in(request, user, shown.0, shown.1, Listed);
            tape.shows_in(request, user, shown.0, shown.1, Thumbnail);
            tape.shows_in(request, user, shown.0, shown.1, Tapped);
        }
        // The event is in the list at once, and its push arrives later.
        tape.shows_in(7, 1, event(17, 2), Some(origin(17, 2, 1)), Listed);
        tape.at(600).delivers(1, event(17, 2), Pushed);
        assert_eq!(tape.count(I10), 0);
    }

    #[test]
    fn a_name_that_is_used_twice_does_not_fool_it_nor_does_a_new_name() {
        let mut tape = tape();
        // Two events under one name: one of them is misnamed, and neither is a duplicate.
        tape.at(500).shows(1, event(17, 1), Some(origin(17, 1, 1)), Pushed);
        tape.shows(1, event(17, 1), Some(origin(17, 2, 1)), Pushed);
        assert_eq!(tape.count(I10), 0);
        // One event under two names is a duplicate.
        tape.shows(1, event(17, 3), Some(origin(17, 1, 1)), Pushed);
        assert_eq!(tape.count(I10), 1);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_checker_that_keeps_everything(
            shown in prop::collection::vec((0_u32..3, 0_u32..2, 1_u32..4, 1_u32..5), 0..60),
        ) {
            let mut tape = Tape::new(Bounds::default());
            for &(user, device, seq, request) in &shown {
                let how = if request == 1 { Pushed } else { Listed };
                tape.shows_in(request, user, event(device, seq), Some(origin(device, seq, 1)), how);
            }
            prop_assert_eq!(tape.count(I10), naive::delivered_twice(&shown));
        }
    }
}
