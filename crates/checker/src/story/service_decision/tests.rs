//! The stories of a faulty service, word by word.

use crate::InvariantId::I1;
use crate::fixture::{DIRECTORY, REPLICA, Reply, Tape, event, origin, person};
use crate::{Bounds, Violation};
use crosswire_history::Exposure::{Listed, Pushed, Thumbnail};
use crosswire_history::{CallId, CallOutcome, Decline, Fact, Op};

/// User 9 was a guest of user 7's camera 3 until 2.010 s, and asks for the list at 5.000 s.
fn guest() -> Tape {
    guest_after(|_| ())
}

/// As [`guest`], with what `meanwhile` writes before user 9 asks.
fn guest_after(meanwhile: impl FnOnce(&mut Tape)) -> Tape {
    let mut tape = Tape::new(Bounds { revocation_grace_ms: 500, ..Bounds::default() });
    tape.at(0).claims(7, 3).grants(9, 3);
    tape.at(900).captures(event(3, 1));
    tape.at(2010).revokes(9, 3);
    meanwhile(&mut tape);
    tape.at(5000).issues(21, 9, Op::List, 9000).arrives(21, 9, Op::List, 9000);
    tape
}

/// Returns the leak.
fn found(tape: &mut Tape) -> Violation {
    let mut found = tape.finish(6000).violations.into_iter();
    found.find(|found| found.invariant == I1).expect("a leak")
}

/// Returns the story of the leak, and its causes.
fn leak(tape: &mut Tape) -> String {
    tape.at(5040).shows_in(21, 9, event(3, 1), Some(origin(3, 1, 1)), Listed);
    let leak = found(tape);
    format!("{}\nbecause {}", leak.story.join("\n"), leak.causes.join(", "))
}

#[test]
fn the_cache_was_filled_after_the_change_with_what_was_read_before() {
    let mut tape = guest_after(|tape| {
        tape.at(2300).sets(19, 4, "usr:9:cams");
    });
    tape.at(5001).gets(21, 5, "usr:9:cams");
    let reply = Reply::to(5).written_for("usr:9:cams").as_of(2);
    tape.at(5002).returns_to(21, 5, "usr:9:cams", reply).ends(21, 5);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        2.300 cache-0 keeps "usr:9:cams", read as of commit 2
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.002 call-5 returns "usr:9:cams" as it was read as of commit 2
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, filled late
    "#);
}

#[test]
fn the_cache_went_on_with_what_it_had() {
    let mut tape = guest();
    tape.at(5001).gets(21, 5, "usr:9:cams");
    let reply = Reply::to(5).written_for("usr:9:cams").as_of(2);
    tape.at(5002).returns_to(21, 5, "usr:9:cams", reply).ends(21, 5);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.002 call-5 returns "usr:9:cams" as it was read as of commit 2
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, kept too long
    "#);
}

#[test]
fn a_replica_had_not_heard_of_the_change() {
    let mut tape = guest();
    tape.at(5001).misses(21, 5, "usr:9:cams");
    tape.at(5020).answers(21, REPLICA, Some(person(9)), 2);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.020 replica answers request-21, as of commit 2
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, replica behind
    "#);
}

#[test]
fn the_directory_turned_the_question_away() {
    let mut tape = guest();
    tape.at(5001).misses(21, 5, "usr:9:cams");
    tape.at(5004).turns_away(21);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.004 directory turns a question of user-9's request-21 away; it is answered all the same
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, directory failed
    "#);
}

#[test]
fn what_the_directory_answered_was_not_heeded() {
    let mut tape = guest();
    tape.at(5001).misses(21, 5, "usr:9:cams");
    tape.at(5020).answers(21, DIRECTORY, Some(person(9)), 9);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.020 directory answers request-21, as of commit 9, which is not what it goes by
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, answer not heeded
    "#);
}

#[test]
fn another_requests_look_up_was_shared() {
    let mut tape = guest();
    tape.at(5001).misses(21, 5, "usr:9:cams");
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.001 call-5 finds nothing, and request-21 goes on without asking the directory
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, directory not asked
    "#);
}

/// The directory answers the first request after it was dropped; the second one does not ask it.
#[test]
fn a_look_up_that_its_request_had_left_was_joined() {
    let mut tape = guest_after(|tape| {
        tape.at(2100).issues(19, 9, Op::List, 9000).arrives(19, 9, Op::List, 9000);
        tape.at(2101).misses(19, 4, "usr:9:cams");
        tape.at(2110).write(19, Fact::Dropped { why: Decline::Cancelled });
        tape.at(2500).answers(19, DIRECTORY, Some(person(9)), 2);
        tape.at(2600).answers(18, DIRECTORY, Some(person(9)), 9);
    });
    tape.at(5001).misses(21, 5, "usr:9:cams");
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        2.100 user-9 asks gateway-1 for the list of events (request-19)
        2.110 gateway-1 drops request-19, and its question to the directory stays open
        2.500 directory answers request-19, as of commit 2: nobody waits for it any more
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.001 call-5 finds nothing, and request-21 goes on without asking the directory: probably with the answer to request-19
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, directory not asked
    "#);
}

#[test]
fn the_gateway_had_kept_the_answer_for_another_user() {
    let mut tape = guest_after(|tape| {
        tape.at(4900).issues(20, 7, Op::List, 9000).arrives(20, 7, Op::List, 9000);
    });
    tape.at(5001).gives_again(21, 20);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        4.900 user-7 asks gateway-1 for the list of events (request-20)
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.001 gateway-1 gives user-9's request-21 what it kept of the answer to user-7's request-20
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, answer kept for another
    "#);
}

#[test]
fn the_cache_was_filled_from_a_replica() {
    let mut tape = guest_after(|tape| {
        tape.at(2290).answers(19, REPLICA, Some(person(9)), 2);
        tape.at(2300).sets(19, 4, "usr:9:cams");
    });
    tape.at(5001).gets(21, 5, "usr:9:cams");
    let reply = Reply::to(5).written_for("usr:9:cams").as_of(2);
    tape.at(5002).returns_to(21, 5, "usr:9:cams", reply).ends(21, 5);
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        2.300 cache-0 keeps "usr:9:cams", read from the replica as of commit 2
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.002 call-5 returns "usr:9:cams" as it was read as of commit 2
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, replica behind, filled late
    "#);
}

/// The directory's answer to a job may be about another camera; the value of a key is about this
/// one.
#[test]
fn a_job_asks_for_many_cameras() {
    let mut tape = guest();
    tape.at(5000).fans_out(40).gets(40, 5, "cam:3:1:acl");
    let reply = Reply::to(5).written_for("cam:3:1:acl").as_of(2);
    tape.at(5002).returns_to(40, 5, "cam:3:1:acl", reply).ends(40, 5);
    tape.at(5020).answers(40, REPLICA, None, 2).answers(40, REPLICA, None, 9);
    tape.at(5040).shows_in(40, 9, event(3, 1), Some(origin(3, 1, 1)), Pushed);
    let leak = found(&mut tape);
    insta::assert_snapshot!(leak.story.join("\n"), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 gateway-1 sets out to push new events (request-40)
        5.002 call-5 returns "cam:3:1:acl" as it was read as of commit 2
        5.040 user-9 is pushed user-7's camera-3/1 with its thumbnail
    "#);
}

#[test]
fn neither_cache_nor_directory_was_asked() {
    insta::assert_snapshot!(leak(&mut guest()), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.000 gateway-1 asks neither the cache nor the directory for request-21
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, nobody asked
    "#);
}

#[test]
fn the_cache_was_asked_for_another_users_key() {
    let mut tape = guest();
    tape.at(5001).gets_of(21, 5, 7);
    tape.at(5002).write(21, Fact::CallEnded { call: CallId(5), outcome: CallOutcome::Hit });
    insta::assert_snapshot!(leak(&mut tape), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.010 user-9 may no longer watch camera-3
        5.000 user-9 asks gateway-1 for the list of events (request-21)
        5.001 gateway-1 asks the cache for "user:7", which is user-7's, in user-9's request-21 (call-5)
        5.040 user-9 sees user-7's camera-3/1 in the list
        because listed, right revoked, cache asked for another
    "#);
}

#[test]
fn a_signed_link_is_its_own_permission() {
    let mut tape = guest();
    tape.at(5040).shows_in(21, 9, event(3, 1), Some(origin(3, 1, 1)), Thumbnail);
    let leak = found(&mut tape);
    assert!(leak.causes.iter().all(|cause| cause != "nobody asked"), "{:?}", leak.causes);
}
