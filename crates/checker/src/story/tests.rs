//! The stories that an engineer reads, word by word.

use crate::InvariantId::{I1, I3, I4, I7, I11, I12};
use crate::fixture::{Reply, Tape, event, origin};
use crate::{Bounds, Findings, InvariantId};
use crosswire_history::Exposure::{Listed, Pushed, Tapped};
use crosswire_history::{
    CacheOp, CallOutcome, ConnId, Decline, Fact, NodeId, NodeKind, Op, Outcome,
};

fn tape() -> Tape {
    let mut tape = Tape::new(Bounds::default());
    tape.at(0).claims(7, 3).claims(8, 17);
    tape.at(900).captures(event(17, 4));
    tape
}

/// User 8 gives up with a reply in flight; user 7 takes over the connection.
fn desync() -> Tape {
    let mut tape = tape();
    tape.at(12_300).issues(20, 8, Op::List, 17_000);
    tape.at(12_301).arrives(20, 8, Op::List, 16_000).gets(20, 9, "user:8:devices");
    tape.at(12_303).executes(20, 4, 9, "user:8:devices");
    tape.at(12_304).settles(20, Op::List, Outcome::GaveUp);
    tape.cancels(20, 9, 4, 1).write(20, Fact::Dropped { why: Decline::Cancelled });
    tape.at(12_305).issues(21, 7, Op::List, 17_000);
    tape.at(12_306)
        .arrives(21, 7, Op::List, 16_000)
        .gets(21, 12, "user:7:devices")
        .reuses(21, 12, 4, 9);
    tape.at(12_307);
    tape
}

fn story_of(findings: &Findings, invariant: InvariantId) -> String {
    let found = findings.violations.iter().find(|violation| violation.invariant == invariant);
    found.map(|violation| violation.story.join("\n")).unwrap_or_default()
}

#[test]
fn a_cancelled_call_leads_to_a_strangers_list_and_a_tap() {
    let mut tape = desync();
    tape.returns_to(21, 12, "user:7:devices", Reply::to(9).written_for("user:8:devices"))
        .ends(21, 12);
    tape.at(12_320).shows_in(21, 7, event(17, 4), Some(origin(17, 4, 1)), Listed);
    tape.at(15_000).issues(22, 7, Op::Enlarge, 20_000);
    tape.at(15_040).shows_in(22, 7, event(17, 4), Some(origin(17, 4, 1)), Tapped);
    let findings = tape.finish(15_100);
    let stories: Vec<_> =
        findings.violations.iter().filter(|found| found.invariant == I1).collect();
    insta::assert_snapshot!(stories[0].story.join("\n"), @r#"
        0.900 camera-17, user-8's in epoch-1, records camera-17/4
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.303 cache-0 answers call-9 on conn-4: "user:8:devices"
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.305 user-7 asks gateway-1 for the list of events (request-21)
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4, where the reply to call-9 is still unread
        12.307 call-12 is handed the reply to call-9: the value of "user:8:devices" is taken for that of "user:7:devices"
        12.320 user-7 sees user-8's camera-17/4 in the list
    "#);
    insta::assert_snapshot!(stories[1].story.join("\n"), @r#"
        0.900 camera-17, user-8's in epoch-1, records camera-17/4
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.303 cache-0 answers call-9 on conn-4: "user:8:devices"
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.305 user-7 asks gateway-1 for the list of events (request-21)
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4, where the reply to call-9 is still unread
        12.307 call-12 is handed the reply to call-9: the value of "user:8:devices" is taken for that of "user:7:devices"
        12.320 user-7 sees user-8's camera-17/4 in the list
        15.040 user-7 taps user-8's camera-17/4 and sees it enlarged
    "#);
    let ids: Vec<_> = findings.violations.iter().map(|found| found.invariant).collect();
    assert_eq!(ids, [I1, I1, I7, I3, I4], "a leak first, then by time");
}

#[test]
fn a_stale_reply_is_found_before_it_leaks() {
    let mut tape = desync();
    tape.returns_to(21, 12, "user:7:devices", Reply::to(9).written_for("user:8:devices"));
    let findings = tape.finish(12_400);
    assert_eq!(findings.exposure.users, 0);
    insta::assert_snapshot!(story_of(&findings, I4), @r#"
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.303 cache-0 answers call-9 on conn-4: "user:8:devices"
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.305 user-7 asks gateway-1 for the list of events (request-21)
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4, where the reply to call-9 is still unread
        12.307 call-12 is handed the reply to call-9: the value of "user:8:devices" is taken for that of "user:7:devices"
    "#);
    insta::assert_snapshot!(story_of(&findings, I7), @r#"
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.305 user-7 asks gateway-1 for the list of events (request-21)
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4, where the reply to call-9 is still unread
    "#);
}

#[test]
fn a_connection_that_stays_behind_names_who_left_it_so() {
    let mut tape = desync();
    tape.at(12_308).executes(21, 4, 12, "user:7:devices").ends(21, 12);
    tape.at(13_000).issues(23, 5, Op::List, 18_000);
    tape.at(13_001).gets(23, 15, "user:5:devices").reuses(23, 15, 4, 12);
    tape.at(13_002).returns_to(
        23,
        15,
        "user:5:devices",
        Reply::to(12).written_for("user:7:devices"),
    );
    let findings = tape.finish(13_100);
    insta::assert_snapshot!(story_of(&findings, I4), @r#"
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4 reads the reply to call-9 and leaves its own
        12.308 cache-0 answers call-12 on conn-4: "user:7:devices"
        13.000 user-5 asks gateway-1 for the list of events (request-23)
        13.001 gateway-1 looks up "user:5:devices" in the cache for user-5: call-15 on conn-4, where the reply to call-12 is still unread
        13.002 call-15 is handed the reply to call-12: the value of "user:7:devices" is taken for that of "user:5:devices"
    "#);
}

#[test]
fn a_long_chain_shows_its_first_and_its_last_link() {
    let mut tape = desync();
    tape.at(12_310).ends(21, 12).follows(22, 13, 4, 12).ends(22, 13);
    tape.at(12_311).follows(23, 14, 4, 13).ends(23, 14);
    tape.at(12_312).follows(24, 15, 4, 14).ends(24, 15);
    tape.at(12_313).follows(25, 16, 4, 15);
    tape.at(12_314).executes(25, 4, 16, "user:5:devices").ends(25, 16);
    tape.at(12_400).issues(26, 6, Op::List, 18_000);
    tape.at(12_401).follows(26, 17, 4, 16);
    tape.returns_to(26, 17, "user:6:devices", Reply::to(16).written_for("user:5:devices"));
    insta::assert_snapshot!(story_of(&tape.finish(13_100), I4), @r#"
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4 reads the reply to call-9 and leaves its own
        12.310 … and 3 more calls on conn-4 each read the reply of the one before
        12.313 gateway-1 looks up "user:5:devices" in the cache: call-16 on conn-4 reads the reply to call-15 and leaves its own
        12.314 cache-0 answers call-16 on conn-4: "user:5:devices"
        12.400 user-6 asks gateway-1 for the list of events (request-26)
        12.401 gateway-1 looks up "user:6:devices" in the cache for user-6: call-17 on conn-4, where the reply to call-16 is still unread
        12.401 call-17 is handed the reply to call-16: the value of "user:5:devices" is taken for that of "user:6:devices"
    "#);
}

#[test]
fn the_longest_story_has_twelve_lines_and_still_says_who_recorded_what() {
    let mut tape = desync();
    tape.grants(6, 17).revokes(6, 17);
    tape.at(12_310).ends(21, 12).follows(22, 13, 4, 12).ends(22, 13);
    tape.at(12_311).follows(23, 14, 4, 13).ends(23, 14);
    tape.at(12_312).follows(24, 15, 4, 14).ends(24, 15);
    tape.at(12_313).follows(25, 16, 4, 15);
    tape.at(12_314).executes(25, 4, 16, "user:5:devices").ends(25, 16);
    tape.at(52_400).issues(26, 6, Op::List, 58_000);
    tape.at(52_401).follows(26, 17, 4, 16);
    tape.returns_to(26, 17, "user:6:devices", Reply::to(16).written_for("user:5:devices"));
    tape.at(52_420).shows_in(26, 6, event(17, 4), Some(origin(17, 4, 1)), Listed);
    tape.at(53_000).shows_in(27, 6, event(17, 4), Some(origin(17, 4, 1)), Tapped);
    let findings = tape.finish(53_100);
    let tapped = findings.violations.iter().rfind(|found| found.invariant == I1);
    let story = tapped.map(|found| found.story.clone()).unwrap_or_default();
    assert_eq!(story.len(), super::MAX_LINES);
    insta::assert_snapshot!(story.join("\n"), @r#"
        0.900 camera-17, user-8's in epoch-1, records camera-17/4
        12.301 gateway-1 looks up "user:8:devices" in the cache for user-8: call-9 on conn-4
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4 reads the reply to call-9 and leaves its own
        12.307 user-6 may no longer watch camera-17
        12.310 … and 3 more calls on conn-4 each read the reply of the one before
        12.313 gateway-1 looks up "user:5:devices" in the cache: call-16 on conn-4 reads the reply to call-15 and leaves its own
        52.400 user-6 asks gateway-1 for the list of events (request-26)
        52.401 gateway-1 looks up "user:6:devices" in the cache for user-6: call-17 on conn-4, where the reply to call-16 is still unread
        52.401 call-17 is handed the reply to call-16: the value of "user:5:devices" is taken for that of "user:6:devices"
        52.420 user-6 sees user-8's camera-17/4 in the list
        53.000 user-6 taps user-8's camera-17/4 and sees it enlarged
    "#);
}

#[test]
fn a_call_that_was_dropped_before_it_read_anything_begins_a_chain_of_its_own() {
    let mut tape = desync();
    tape.at(12_310).cancels(21, 12, 4, 1).write(21, Fact::Dropped { why: Decline::Deadline });
    tape.at(12_311).follows(22, 13, 4, 9).ends(22, 13);
    tape.at(12_312).follows(23, 14, 4, 12);
    tape.returns_to(23, 14, "user:3:devices", Reply::to(12).written_for("user:7:devices"));
    insta::assert_snapshot!(story_of(&tape.finish(13_100), I4), @r#"
        12.306 gateway-1 looks up "user:7:devices" in the cache for user-7: call-12 on conn-4
        12.310 the deadline of gateway-1 has passed: call-12 is dropped; conn-4 goes back to the pool with the reply still to come
        12.312 gateway-1 looks up "user:3:devices" in the cache: call-14 on conn-4, where the reply to call-12 is still unread
        12.312 call-14 is handed the reply to call-12: the value of "user:7:devices" is taken for that of "user:3:devices"
    "#);
}

#[test]
fn a_call_that_had_no_answer_in_time_is_a_cause_too() {
    let mut tape = tape();
    tape.at(12_300).gets(20, 9, "user:0:devices").executes(20, 4, 9, "user:0:devices");
    tape.at(13_300).ends_with(20, 9, CallOutcome::Error);
    tape.at(13_301).follows(21, 12, 4, 9);
    tape.returns_to(21, 12, "user:1:devices", Reply::to(9).written_for("user:0:devices"));
    insta::assert_snapshot!(story_of(&tape.finish(14_000), I4), @r#"
        12.300 gateway-1 looks up "user:0:devices" in the cache: call-9 on conn-4
        12.300 cache-0 answers call-9 on conn-4: "user:0:devices"
        13.300 call-9 has no answer within 1.000 s and fails; conn-4 goes back to the pool with the reply still to come
        13.301 gateway-1 looks up "user:1:devices" in the cache: call-12 on conn-4, where the reply to call-9 is still unread
        13.301 call-12 is handed the reply to call-9: the value of "user:0:devices" is taken for that of "user:1:devices"
    "#);
}

#[test]
fn a_call_that_failed_and_left_replies_unread_is_explained() {
    let mut tape = tape();
    tape.at(20_000).fans_out(40).calls(40, 31, CacheOp::Mget, "viewers:3", 2);
    tape.rejects(40, 6, 31, "viewers:3").rejects(40, 6, 31, "viewers:17");
    tape.at(20_002).fails(40, 31);
    tape.at(20_005).gets(41, 32, "user:7:devices").reuses(41, 32, 6, 31);
    insta::assert_snapshot!(story_of(&tape.finish(20_100), I7), @r#"
        20.000 gateway-1 looks up "viewers:3" and 1 more in the cache for its job (request-40): call-31 on conn-6
        20.000 cache-0 answers call-31 with an error on conn-6: "viewers:3"
        20.002 call-31 fails; conn-6 goes back to the pool with the reply still to come
        20.005 gateway-1 looks up "user:7:devices" in the cache: call-32 on conn-6, where the reply to call-31 is still unread
    "#);
}

#[test]
fn a_multi_get_that_did_without_one_node_is_a_cause_too() {
    let mut tape = tape();
    tape.at(12_300).calls(20, 9, CacheOp::Mget, "viewers:3", 4);
    tape.at(13_300).follows(21, 12, 4, 9).ends(20, 9);
    tape.returns_to(21, 12, "user:1:devices", Reply::to(9).written_for("viewers:3"));
    insta::assert_snapshot!(story_of(&tape.finish(14_000), I4), @r#"
        12.300 gateway-1 looks up "viewers:3" and 3 more in the cache: call-9 on conn-4
        13.300 call-9 has no answer on conn-4 within 1.000 s and does without; conn-4 goes back to the pool with the reply still to come
        13.300 gateway-1 looks up "user:1:devices" in the cache: call-12 on conn-4, while call-9 still waits for its reply there
        13.300 call-12 is handed the reply to call-9: the value of "viewers:3" is taken for that of "user:1:devices"
    "#);
}

#[test]
fn a_connection_with_two_borrowers_is_explained() {
    let mut tape = tape();
    tape.at(20_000).gets(41, 32, "user:7:devices");
    tape.at(20_001).gets(42, 33, "user:8:devices").reuses(42, 33, 6, 32);
    tape.at(20_003).executes(41, 6, 32, "user:7:devices").returns_to(
        42,
        33,
        "user:8:devices",
        Reply::to(32).written_for("user:7:devices"),
    );
    tape.ends(42, 33).cancels(41, 32, 6, 1);
    insta::assert_snapshot!(story_of(&tape.finish(20_100), I4), @r#"
        20.000 gateway-1 looks up "user:7:devices" in the cache: call-32 on conn-6
        20.001 gateway-1 looks up "user:8:devices" in the cache: call-33 on conn-6, while call-32 still waits for its reply there
        20.003 cache-0 answers call-32 on conn-6: "user:7:devices"
        20.003 call-33 is handed the reply to call-32: the value of "user:7:devices" is taken for that of "user:8:devices"
    "#);
}

#[test]
fn a_story_says_why_a_call_was_dropped() {
    let why = |why, outcome: Option<Outcome>| {
        let mut tape = tape();
        tape.at(12_300).issues(20, 8, Op::List, 17_000).gets(20, 9, "user:8:devices");
        tape.at(12_304);
        if let Some(outcome) = outcome {
            tape.settles(20, Op::List, outcome);
        }
        tape.cancels(20, 9, 4, 1).write(20, Fact::Dropped { why });
        tape.at(12_306).follows(21, 12, 4, 9);
        let story = story_of(&tape.finish(13_000), I7);
        story.lines().find(|line| line.contains("is dropped")).unwrap_or_default().to_owned()
    };
    let all = [
        why(Decline::Cancelled, Some(Outcome::GaveUp)),
        why(Decline::Cancelled, Some(Outcome::TimedOut)),
        why(Decline::Cancelled, Some(Outcome::Reset)),
        why(Decline::Cancelled, None),
        why(Decline::Deadline, None),
        why(Decline::Crash, None),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
        12.304 user-8 has given up: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.304 user-8 has waited too long: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.304 user-8's connection broke: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.304 user-8 does not wait any more: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.304 the deadline of gateway-1 has passed: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
        12.304 gateway-1 has died: call-9 is dropped; conn-4 goes back to the pool with the reply still to come
    ");
}

#[test]
fn a_multi_get_names_the_node_that_did_not_answer() {
    let mut tape = tape();
    tape.at(20_000).fans_out(40).calls(40, 31, CacheOp::Mget, "viewers:3", 4);
    tape.write(40, Fact::Connected { conn: ConnId(5), cache: 1 });
    tape.at(20_002).executes_op(40, 6, 31, "viewers:3", CacheOp::Mget, true);
    tape.at(21_000).write(40, Fact::Disconnected { conn: ConnId(5), unread: 1 });
    tape.returns_to(40, 31, "viewers:3", Reply::to(31).written_for("viewers:17"));
    tape.returns_to(40, 31, "viewers:17", Reply::to(31).written_for("viewers:3")).ends(40, 31);
    insta::assert_snapshot!(story_of(&tape.finish(21_100), I3), @r#"
        20.000 gateway-1 sets out to push new events (request-40)
        20.000 gateway-1 looks up "viewers:3" and 3 more in the cache for its job (request-40): call-31
        20.002 cache-0 answers its share of call-31 on conn-6
        21.000 cache-1 has not answered its share of call-31 on conn-5 within 1.000 s
        21.000 call-31 goes on with what cache-0 alone answered: the value of "viewers:17" is taken for that of "viewers:3"
    "#);
}

#[test]
fn misaligned_keys_push_to_the_wrong_people() {
    let mut tape = tape();
    tape.grants(7, 3);
    tape.at(19_000).on(NodeId::new(NodeKind::Cache, 1), Fact::Down);
    tape.at(20_000).fans_out(40).calls(40, 31, CacheOp::Mget, "viewers:3", 3);
    tape.at(20_002).executes_op(40, 6, 31, "viewers:3", CacheOp::Mget, true);
    tape.at(20_003).returns_to(40, 31, "viewers:3", Reply::to(31).written_for("viewers:17"));
    tape.returns_to(40, 31, "viewers:17", Reply::to(31).written_for("viewers:3")).ends(40, 31);
    tape.at(20_050).shows_in(40, 7, event(17, 4), Some(origin(17, 4, 1)), Pushed);
    insta::assert_snapshot!(story_of(&tape.finish(20_100), I1), @r#"
        0.900 camera-17, user-8's in epoch-1, records camera-17/4
        19.000 cache-1 goes down
        20.000 gateway-1 sets out to push new events (request-40)
        20.000 gateway-1 looks up "viewers:3" and 2 more in the cache for its job (request-40): call-31
        20.002 cache-0 answers its share of call-31 on conn-6
        20.003 call-31 goes on with what cache-0 alone answered: the value of "viewers:3" is taken for that of "viewers:17", that of "viewers:17" for "viewers:3"
        20.050 user-7, who may watch camera-3, is pushed user-8's camera-17/4 with its thumbnail
    "#);
}

#[test]
fn one_name_in_the_cache_is_two_keys() {
    let mut tape = tape();
    tape.at(19_000).calls(0, 29, CacheOp::Set, "viewers:17", 1);
    tape.executes_in(0, 6, 29, ("d2c0", 0)).ends(0, 29);
    tape.at(19_500).calls(0, 30, CacheOp::Set, "viewers:3", 1);
    tape.executes_in(0, 6, 30, ("d2c0", 0)).ends(0, 30);
    tape.at(20_000).fans_out(40).calls(40, 31, CacheOp::Mget, "viewers:3", 2);
    tape.at(20_002).executes_in(40, 6, 31, ("d2c0", 0));
    tape.at(20_003).returns_to(40, 31, "viewers:3", Reply::to(31).written_for("viewers:17"));
    insta::assert_snapshot!(story_of(&tape.finish(20_100), I3), @r#"
        20.000 gateway-1 sets out to push new events (request-40)
        20.000 gateway-1 looks up "viewers:3" and 1 more in the cache for its job (request-40): call-31
        20.002 "viewers:3" and "viewers:17" are both "d2c0" to the cache
        20.003 call-31 is handed its own reply to command-31: the value of "viewers:17" is taken for that of "viewers:3"
    "#);
}

#[test]
fn a_key_that_was_never_asked_for_has_the_name_of_another() {
    let mut tape = tape();
    tape.at(19_000).calls(0, 29, CacheOp::Set, "viewers:17", 1);
    tape.executes_in(0, 6, 29, ("d2c0", 0)).ends(0, 29);
    tape.at(20_000).fans_out(40).gets(40, 31, "viewers:3");
    tape.at(20_002).executes_in(40, 6, 31, ("d2c0", 0));
    tape.at(20_003).returns_to(40, 31, "viewers:3", Reply::to(31).written_for("viewers:17"));
    let findings = tape.finish(20_100);
    assert!(story_of(&findings, I3).contains("are both \"d2c0\" to the cache"));
}

#[test]
fn a_multi_get_in_another_database_is_named_as_such() {
    let mut tape = tape();
    tape.at(19_500).gets(0, 30, "viewers:3").executes_in(0, 6, 30, ("3", 2)).ends(0, 30);
    tape.at(20_000).fans_out(40).calls(40, 31, CacheOp::Mget, "viewers:3", 2);
    tape.at(20_002).executes_in(40, 6, 31, ("3", 0));
    tape.at(20_003).returns_to(40, 31, "viewers:3", Reply::to(31).written_for("user:3"));
    insta::assert_snapshot!(story_of(&tape.finish(20_100), I3), @r#"
        20.000 gateway-1 sets out to push new events (request-40)
        20.000 gateway-1 looks up "viewers:3" and 1 more in the cache for its job (request-40): call-31 on conn-6
        20.002 cache-0 answers call-31 on conn-6: "3" in database 0, though "viewers:3" has been in database 2 since 19.500
        20.003 call-31 is handed its own reply to command-31: the value of "user:3" is taken for that of "viewers:3"
    "#);
}

#[test]
fn a_revoked_viewer_sees_what_came_of_it() {
    let mut tape = tape();
    tape.at(1000).grants(5, 17);
    tape.at(2000).revokes(5, 17);
    tape.at(60_000).issues(50, 5, Op::List, 65_000);
    tape.at(60_010).shows_in(50, 5, event(17, 4), Some(origin(17, 4, 1)), Listed);
    insta::assert_snapshot!(story_of(&tape.finish(60_100), I1), @r#"
        0.900 camera-17, user-8's in epoch-1, records camera-17/4
        2.000 user-5 may no longer watch camera-17
        60.000 user-5 asks gateway-1 for the list of events (request-50)
        60.010 user-5 sees user-8's camera-17/4 in the list
    "#);
}

#[test]
fn without_its_causes_a_story_says_less() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(15_040).shows_in(22, 7, event(17, 4), Some(origin(17, 4, 1)), Tapped);
    insta::assert_snapshot!(story_of(&tape.finish(15_100), I1), @r#"
        0.900 camera-17 records camera-17/4
        15.040 user-7 taps camera-17/4 and sees it enlarged
    "#);
}

#[test]
fn lost_events_and_overdue_calls_have_stories_too() {
    let mut tape = tape();
    tape.at(1000).stores(event(17, 4)).acks(event(17, 4)).acks(event(17, 5));
    tape.at(2000).issues(60, 8, Op::Video, 4000).arrives(60, 8, Op::Video, 3500);
    tape.at(2001).gets(60, 70, "device:17:owner");
    tape.at(12_000).shows_in(0, 8, event(17, 4), Some(origin(17, 4, 1)), Pushed);
    let findings = tape.finish(20_000);
    let lost: Vec<_> = findings.violations.iter().filter(|found| found.invariant == I11).collect();
    let never_stored = lost[0].story.join("\n");
    insta::assert_snapshot!(never_stored.trim(), @"1.000 camera-17 is told that camera-17/5 is kept; the directory never stored it");
    insta::assert_snapshot!(lost[1].story.join("\n"), @r#"
        1.000 the directory stores camera-17/4
        1.000 camera-17 is told that camera-17/4 is kept
        11.000 user-8 should have received camera-17/4 by now
        12.000 user-8 receives camera-17/4, too late
    "#);
    insta::assert_snapshot!(story_of(&findings, I12), @r#"
        2.000 user-8 asks gateway-1 for a video (request-60)
        2.001 gateway-1 looks up "device:17:owner" in the cache for user-8: call-70
        3.051 call-70 should have ended by now
    "#);
}

/// A client may be slow or refuse, and the reader of a story about a lost event has to know that.
#[test]
fn what_was_lost_while_calls_failed_says_so() {
    let mut tape =
        Tape::new(Bounds { first_fault_ms: 950, faults_end_ms: 9_000, ..Bounds::default() });
    tape.at(0).claims(8, 17);
    tape.at(1000).stores(event(17, 4)).acks(event(17, 4));
    for call in 1..=30 {
        let outcome = if call % 3 == 0 { CallOutcome::Hit } else { CallOutcome::Error };
        tape.at(1_000 + 100 * u64::from(call)).gets(call, call, "k");
        tape.at(1_040 + 100 * u64::from(call)).ends_with(call, call, outcome);
    }
    let findings = tape.finish(20_000);
    insta::assert_snapshot!(story_of(&findings, I11), @r#"
        1.000 the directory stores camera-17/4
        1.000 camera-17 is told that camera-17/4 is kept
        19.000 user-8 should have received camera-17/4 by now
        19.000 20 of 30 calls of the cache client have not ended well meanwhile; those that did took 40 ms
    "#);
}
