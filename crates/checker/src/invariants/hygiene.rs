//! I7: a connection is in order when its next borrower takes it: all replies to the last one read,
//! and the session in the state that its commands are meant for.
//!
//! The first part is for clients that give a connection to one call at a time; a client that
//! multiplexes has commands of many calls in flight on a connection, and that is no fault. The tap
//! knows which client promises what, and reports a second borrower only where there should be none.
//! The second part goes by the database in which a server carried a command out. No client declares
//! one: a key, by the name under which the service knows it, belongs to the database in which it
//! was first seen, and all gateways must agree on that, or they would not find what the others
//! stored.

use super::invariant::Invariant;
use crate::about::{About, InvariantId};
use crate::context::Context;
use crate::report::{Occurrence, Report};
use crate::story;
use crate::window::Window;
use crosswire_history::{CallId, Entry, Fact, KeyId};

#[derive(Default)]
pub(crate) struct Hygiene {
    /// The keys of open calls for a single key.
    asked: Window<KeyId>,
    /// For each key, the database in which it was first seen, and when.
    homes: Vec<Option<(u8, u32)>>,
    checked: u64,
}

impl Invariant for Hygiene {
    const ABOUT: About = About {
        id: InvariantId::I7,
        name: "connection hygiene",
        summary: "a connection is reused only with every earlier reply read and its session as it was set up",
    };

    #[inline]
    fn observe(&mut self, entry: &Entry, context: &Context<'_>, report: &mut Report) {
        match entry.what {
            Fact::CallBegan { call, key, keys: 1, .. } => self.asked.insert(call.0, key),
            Fact::CallEnded { call, .. } => drop(self.asked.remove(call.0)),
            Fact::Executed { call, db, .. } => {
                self.checked += 1;
                if let Some(home) = self.strayed(entry, call, db) {
                    let occurrence = occurrence(entry, context);
                    report.add(&Self::ABOUT, occurrence, || story::strayed(entry, home, context));
                }
            }
            Fact::Reused { .. } => {
                self.checked += 1;
                let occurrence = occurrence(entry, context);
                report.add(&Self::ABOUT, occurrence, || story::reused(entry, context));
            }
            _ => {}
        }
    }

    fn checked(&self) -> u64 {
        self.checked
    }
}

fn occurrence(entry: &Entry, context: &Context<'_>) -> Occurrence {
    Occurrence { at_ms: entry.at_ms, user: context.recent.user(entry.request), event: None }
}

impl Hygiene {
    /// Returns the key, its database, and since when it is there, if the command ran in another
    /// database; `None` as well where the wire does not show the call of the command.
    fn strayed(&mut self, entry: &Entry, call: CallId, db: u8) -> Option<(KeyId, u8, u64)> {
        let &key = self.asked.get(call.0)?;
        let home = crate::list::slot(&mut self.homes, key.0);
        let &mut (home, since_ms) = home.get_or_insert((db, entry.at_ms as u32));
        if home == db {
            return None;
        }
        Some((key, home, u64::from(since_ms)))
    }
}

#[cfg(test)]
mod tests {
    use crate::Bounds;
    use crate::InvariantId::I7;
    use crate::fixture::{GATEWAY, Tape};
    use crosswire_history::{CacheOp, ConnId, Fact};
    use proptest::prelude::*;

    #[test]
    fn a_connection_that_is_used_too_soon_is_reported_and_another_is_not() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).executes(1, 4, 5, "user:1").executes(2, 4, 6, "user:2");
        assert_eq!(tape.count(I7), 0);
        tape.at(11).reuses(3, 7, 4, 6);
        assert_eq!(tape.count(I7), 1);
        assert_eq!(tape.finish(20).checked[&I7], 3);
    }

    #[test]
    fn a_key_that_runs_in_another_database_breaks_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).gets(1, 5, "usr:17:cams").executes_in(1, 4, 5, ("17", 1)).ends(1, 5);
        tape.at(20).gets(2, 6, "usr:17:cams").executes_in(2, 4, 6, ("17", 1)).ends(2, 6);
        assert_eq!(tape.count(I7), 0);
        tape.at(25).on(GATEWAY, Fact::Connected { conn: ConnId(9), cache: 0 });
        tape.at(30).gets(3, 7, "usr:17:cams").executes_in(3, 9, 7, ("17", 0)).ends(3, 7);
        assert_eq!(tape.count(I7), 1);
        let story = tape.finish(40).violations[0].story.join("\n");
        insta::assert_snapshot!(story, @r#"
            0.025 gateway-1 makes conn-9 to cache-0
            0.030 gateway-1 looks up "usr:17:cams" in the cache: call-7 on conn-9
            0.030 cache-0 answers call-7 on conn-9: "17" in database 0, though "usr:17:cams" has been in database 1 since 0.010
        "#);
    }

    #[test]
    fn one_name_on_the_wire_for_two_keys_does_not_fool_it() {
        let mut tape = Tape::new(Bounds::default());
        tape.at(10).gets(1, 5, "usr:17:cams").executes_in(1, 4, 5, ("17", 1)).ends(1, 5);
        tape.at(20).gets(1, 6, "cam:17:1:acl").executes_in(1, 4, 6, ("17", 2)).ends(1, 6);
        // Calls for several keys are not judged: the server names only the first.
        tape.at(30).calls(1, 7, CacheOp::Mget, "cam:17:1:acl", 2);
        tape.executes_in(1, 4, 7, ("17", 1)).ends(1, 7);
        assert_eq!(tape.count(I7), 0);
    }

    proptest! {
        #[test]
        fn it_agrees_with_one_that_asks_the_whole_history(
            steps in prop::collection::vec((0_u8..4, 0_u8..3), 0..40),
        ) {
            let mut tape = Tape::new(Bounds::default());
            let mut strayed = 0;
            for (at, &(key, db)) in steps.iter().enumerate() {
                let (call, name) = (at as u32 + 1, format!("key:{key}"));
                tape.at(10).gets(1, call, &name).executes_in(1, 4, call, ("x", db)).ends(1, call);
                let first = steps.iter().find(|(other, _)| *other == key);
                strayed += u64::from(first.is_some_and(|&(_, home)| home != db));
            }
            prop_assert_eq!(tape.count(I7), strayed);
        }
    }
}
