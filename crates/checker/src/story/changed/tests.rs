//! The change behind a stale value, and the delete that failed, word by word.

use crate::Bounds;
use crate::InvariantId::I5;
use crate::fixture::{DIRECTORY, Reply, Tape, event, person};
use crosswire_history::{CacheOp, CallId, CallOutcome, ConnId, Fact, Op, Outcome};

/// Lets user 7 take user 9's right to camera 3 away a second time, while the cache holds what was
/// so as of commit 2; `between` happens before.
fn story(between: impl FnOnce(&mut Tape)) -> String {
    let mut tape = Tape::new(Bounds { freshness_ms: 500, ..Bounds::default() });
    tape.at(0).claims(7, 3).grants(9, 3);
    between(tape.at(1_000));
    tape.at(2_000).stores(event(4, 1)).stores(event(4, 2));
    tape.issues(20, 7, Op::Revoke, 5_000).asks(20, Op::Revoke, 3, 9, 1);
    tape.arrives(20, 7, Op::Revoke, 5_000);
    tape.at(2_005).answers(20, DIRECTORY, Some(person(7)), 5);
    let (call, key) = (CallId(4), tape.key("cam:3"));
    tape.at(2_010).calls(20, 4, CacheOp::Del, "cam:3", 1);
    tape.write(20, Fact::Invalidated { key, call, commit: 5 });
    tape.at(2_012).write(20, Fact::Disconnected { conn: ConnId(6), unread: 1 });
    tape.ends_with(20, 4, CallOutcome::Error);
    tape.at(2_015).write(20, Fact::Replied { outcome: Outcome::Ok });
    tape.at(3_000).gets(21, 5, "cam:3");
    tape.at(3_002).returns_to(21, 5, "cam:3", Reply::to(5).written_for("cam:3").as_of(2));
    let found = tape.finish(4_000).violations.into_iter().find(|found| found.invariant == I5);
    found.expect("it is found").story.join("\n")
}

#[test]
fn the_change_that_matters_is_not_always_that_of_the_latest_commit() {
    let story = story(|tape| {
        tape.revokes(9, 3);
    });
    assert!(
        story.contains(
            "1.000 the directory commits: user-9 may no longer watch camera-3 in epoch-1 (commit 3)\n"
        ),
        "{story}"
    );
    assert!(
        story.contains("2.012 call-4, which deletes \"cam:3\", fails as conn-6 is closed\n"),
        "{story}"
    );
}

#[test]
fn without_a_change_the_story_says_that_there_was_none() {
    let story = story(|tape| {
        tape.stores(event(3, 1));
    });
    let line =
        "2.005 the directory finds nothing to change for request-20: all is as of commit 5\n";
    assert!(story.contains(line) && !story.contains("commits"), "{story}");
}
