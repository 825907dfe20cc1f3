//! I7: a connection goes to its next borrower only after all replies to the last one were read.
//!
//! For clients that give a connection to one call at a time; one that multiplexes has commands of
//! many calls under way on a connection, and that is no fault. The tap knows which client promises
//! what, and tells of a second borrower only where there should be none.

use super::{About, Invariant, World};
use crate::docket::{Charge, Docket};
use crate::story;
use crosswire_history::{Entry, What};

#[derive(Default)]
pub(crate) struct Hygiene {
    checked: u64,
}

impl Invariant for Hygiene {
    const ABOUT: About = About {
        id: "I7",
        name: "connection hygiene",
        summary: "no connection is used again while a reply to an earlier call is still to come",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, world: &World<'_>, docket: &mut Docket) {
        match entry.what {
            What::Executed { .. } => self.checked += 1,
            What::Reused { .. } => {
                self.checked += 1;
                let user = world.recent.user(entry.request);
                let charge = Charge { at_ms: entry.at_ms, user, event: None };
                docket.report(&Self::ABOUT, charge, || story::reused(entry, world));
            }
            _ => {}
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

#[cfg(test)]
mod tests {
    use crate::Terms;
    use crate::fixture::Tape;

    #[test]
    fn a_connection_that_is_used_too_soon_is_reported_and_another_is_not() {
        let mut tape = Tape::new(Terms::default());
        tape.at(10).executes(1, 4, 5, "user:1").executes(2, 4, 6, "user:2");
        assert_eq!(tape.count("I7"), 0);
        tape.at(11).reuses(3, 7, 4, 6);
        assert_eq!(tape.count("I7"), 1);
        assert_eq!(tape.finish(20).checked["I7"], 3);
    }
}
