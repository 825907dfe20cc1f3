//! Events that reached no user, word by word.

use crate::Bounds;
use crate::InvariantId::I11;
use crate::fixture::{DIRECTORY, Tape, event};
use crosswire_history::{
    CallOutcome, Change, ConnId, Decline, Entry, Epoch, Fact, Op, Outcome, RequestId,
};

/// Builds the story of a job that should push an event of camera 17 to user 8, has no answer on
/// conn-4, and is dropped.
fn story(happens: impl Fn(&mut Tape)) -> String {
    let mut tape = Tape::new(Bounds::default());
    tape.at(0).claims(8, 17).at(900).captures(event(17, 4));
    tape.at(1_000).write(0, Fact::Connected { conn: ConnId(4), cache: 0 });
    tape.at(1_001).gets(1, 9, "a").executes(1, 4, 9, "a").ends(1, 9);
    tape.at(4_000).gets(2, 10, "b").at(4_500).cancels(2, 10, 4, 1);
    happens(&mut tape);
    tape.at(5_000).arrives(20, 8, Op::Upload, 9_000);
    let change = Change::Stored { event: event(17, 4), epoch: Epoch(1) };
    let (request, what) = (RequestId(20), Fact::Committed { commit: 2, change });
    tape.play(&[Entry { at_ms: 5_000, node: DIRECTORY, request, what }]);
    tape.acks(event(17, 4)).write(20, Fact::Replied { outcome: Outcome::Ok });
    tape.at(5_010).fans_out(30).gets(30, 31, "cam:17:acl");
    tape.at(6_010).ends_with(30, 31, CallOutcome::Error);
    tape.at(6_500).write(30, Fact::Dropped { why: Decline::Deadline });
    let findings = tape.finish(30_000);
    let lost = findings.violations.iter().find(|found| found.invariant == I11);
    lost.expect("it is found").story.join("\n")
}

#[test]
fn a_job_that_waits_on_a_silent_connection_is_explained() {
    insta::assert_snapshot!(story(|_| {}), @r#"
    5.000 the directory stores camera-17/4
    5.000 camera-17 is told that camera-17/4 is kept
    5.010 gateway-1 sets out to push new events (request-30)
    5.010 gateway-1 looks up "cam:17:acl" in the cache for its job (request-30): call-31
    6.010 call-31 has no answer within 1.000 s
    6.010 nothing has arrived on conn-4 for 5.009 s, and gateway-1 keeps it
    6.500 the deadline of gateway-1 has passed: request-30 is dropped
    15.000 user-8 should have received camera-17/4 by now
    "#);
}

#[test]
fn a_connection_that_answers_or_is_closed_is_not_silent() {
    let answered = story(|tape| {
        tape.at(4_600).executes(3, 4, 11, "c");
    });
    let closed = story(|tape| {
        tape.at(4_600).write(0, Fact::Disconnected { conn: ConnId(4), unread: 1 });
    });
    for story in [answered, closed] {
        assert!(story.contains("has no answer within") && !story.contains("arrived on"), "{story}");
    }
}
