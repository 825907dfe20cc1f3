//! I7: a connection goes to its next borrower only after all replies to the last one were read.
//!
//! For clients that give a connection to one call at a time; one that multiplexes has commands of
//! many calls under way on a connection, and that is no fault.

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
            What::Executed { .. } => self.checked += u64::from(world.terms.exclusive_connections),
            What::Reused { .. } if world.terms.exclusive_connections => {
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
    fn only_an_exclusive_connection_must_be_clean() {
        for exclusive_connections in [true, false] {
            let mut tape = Tape::new(Terms { exclusive_connections, ..Terms::default() });
            tape.at(10).executes(1, 4, 5, "user:1").reuses(2, 6, 4, 5);
            assert_eq!(tape.count("I7"), u64::from(exclusive_connections));
            let checked = if exclusive_connections { 2 } else { 0 };
            assert_eq!(tape.finish(20).checked["I7"], checked);
        }
    }
}
