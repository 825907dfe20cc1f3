//! Connections that many calls share, and what shifted their replies.

use crate::Bounds;
use crate::InvariantId::{I1, I3};
use crate::fixture::{CACHE, Reply, Tape, event, origin};
use crosswire_history::{
    CacheOp, CallId, CallOutcome, CommandId, ConnId, Exposure, Fact, KeyId, Point,
};

/// Makes conn-6 from gateway-1 to cache-0.
fn tape() -> Tape {
    let mut tape = Tape::new(Bounds::default());
    tape.at(0).claims(8, 17).at(900).captures(event(17, 4));
    tape.at(20_000).write(0, Fact::Connected { conn: ConnId(6), cache: 0 });
    tape
}

/// Hands call 32, which asks for user 7, user 8's value, which came on `conn`. Returns the story
/// and its causes.
fn astray(tape: &mut Tape, conn: u32) -> (String, Vec<String>) {
    tape.at(20_600).gets(41, 32, "user:7").unattributed_get(conn, 71, "user:8");
    let reply = Reply::unknown().of(71).written_for("user:8");
    let findings = tape.at(20_603).returns_to(41, 32, "user:7", reply).finish(20_700);
    let found = findings.violations.into_iter().find(|found| found.invariant == I3);
    let found = found.expect("it is found");
    (found.story.join("\n"), found.causes)
}

/// Loses a connection while two calls wait on it, and makes another.
fn reconnected(ends: CallOutcome, ends_ms: u64) -> Tape {
    let mut tape = tape();
    tape.at(20_400).gets(30, 21, "user:1").gets(31, 22, "user:2");
    tape.at(20_500).write(0, Fact::Disconnected { conn: ConnId(6), unread: 2 });
    if ends_ms < 20_502 {
        tape.ends_with(30, 21, ends).ends_with(31, 22, ends);
    }
    tape.at(20_502).write(0, Fact::Connected { conn: ConnId(8), cache: 0 });
    tape.unattributed_get(8, 70, "user:1");
    if ends_ms >= 20_502 {
        tape.at(ends_ms).ends_with(30, 21, ends).ends_with(31, 22, ends);
    }
    tape
}

#[test]
fn calls_that_go_on_waiting_are_named_with_the_command_that_was_not_sent_again() {
    let mut tape = reconnected(CallOutcome::Hit, 20_510);
    insta::assert_snapshot!(astray(&mut tape, 8).0, @r#"
    20.500 gateway-1 loses conn-6 with 2 commands unanswered
    20.502 gateway-1 makes conn-8 and sends 1 of them again: not GET "user:2" of call-22
    20.600 call-22, although ended, perhaps keeps its place in the queue and takes the next reply: to command-71, GET "user:8"
    20.600 gateway-1 looks up "user:7" in the cache: call-32 on conn-8
    20.600 cache-0 answers command-71 on conn-8: "user:8"
    20.603 call-32 is handed the reply to command-71: the value of "user:8" is taken for that of "user:7"
    "#);
}

#[test]
fn what_the_cache_heard_after_the_loss_tells_which_commands_were_unanswered() {
    let mut tape = tape();
    tape.at(20_500).write(0, Fact::Disconnected { conn: ConnId(6), unread: 2 });
    tape.at(20_502).write(0, Fact::Connected { conn: ConnId(8), cache: 0 });
    tape.at(20_504).unattributed_get(6, 68, "user:1").unattributed_get(6, 69, "user:2");
    tape.unattributed_get(8, 70, "user:2");
    let (story, causes) = astray(&mut tape, 8);
    assert!(story.contains("sends 1 of them again: not GET \"user:1\"\n"), "{story}");
    assert!(causes.contains(&"command not sent again".to_owned()));
}

#[test]
fn a_lost_connection_whose_calls_all_failed_is_no_cause() {
    let (story, causes) = astray(&mut reconnected(CallOutcome::Error, 20_500), 8);
    assert!(!story.contains("loses") && !causes.contains(&"connection lost".to_owned()), "{story}");
}

#[test]
fn nor_is_another_connection_that_is_lost_meanwhile() {
    let mut tape = tape();
    tape.write(0, Fact::Connected { conn: ConnId(7), cache: 0 });
    tape.at(20_500).write(0, Fact::Disconnected { conn: ConnId(7), unread: 3 });
    assert!(!astray(&mut tape, 6).0.contains("loses"));
}

#[test]
fn a_dropped_call_is_named_with_the_number_of_replies_left() {
    let mut tape = tape();
    for (request, call, text) in [(30, 21, "user:1"), (31, 22, "user:2")] {
        let key = tape.at(20_500).gets(request, call, text).key(text);
        let (command, conn, call, op) = (CommandId(call), ConnId(6), CallId(0), CacheOp::Get);
        tape.write(request, Fact::Executed { command, conn, call, op, key, db: 0, hit: true });
    }
    tape.at(20_502).cancels(30, 21, 0, 0).cancels(31, 22, 0, 0);
    insta::assert_snapshot!(astray(&mut tape, 6).0, @r#"
        20.500 gateway-1 looks up "user:2" in the cache: call-22 on conn-6
        20.502 call-22 is dropped; its reply is left unread on conn-6
        20.502 2 replies are left on conn-6 to skip: also of call-21
        20.600 gateway-1 looks up "user:7" in the cache: call-32 on conn-6
        20.600 cache-0 answers command-71 on conn-6: "user:8"
        20.603 call-32 is handed the reply to command-71: the value of "user:8" is taken for that of "user:7"
    "#);
}

#[test]
fn a_ping_among_the_commands_is_explained() {
    let mut tape = tape();
    tape.at(20_599);
    let text = tape.key("PING");
    tape.on(CACHE, Fact::Served { conn: ConnId(6), call: CallId(0), text });
    let (story, causes) = astray(&mut tape, 6);
    assert!(story.contains("cache-0 answers \"PING\" on conn-6"), "{story}");
    assert!(causes.contains(&"command of no call".to_owned()));
}

#[test]
fn a_reply_in_two_pieces_is_named_unless_one_went_right_after_it() {
    let split = Fact::Fired { point: Point::CacheSplitReply };
    let mut tape = tape();
    tape.at(20_590).on(CACHE, split);
    assert!(astray(&mut tape, 6).0.contains("cache-0 sends a reply in two pieces"));
    let mut tape = self::tape();
    tape.at(20_580).on(CACHE, split).gets(30, 21, "user:1").unattributed_get(6, 69, "user:1");
    tape.at(20_590).returns_to(30, 21, "user:1", Reply::unknown().of(69).written_for("user:1"));
    assert!(!astray(&mut tape, 6).0.contains("two pieces"));
}

#[test]
fn a_kept_value_is_explained_by_what_was_published_and_the_feed_that_was_lost() {
    let mut tape = tape();
    let (subscribe, message) = (tape.key("SUBSCRIBE changed"), tape.key("3 user:7"));
    let served = |text: KeyId| Fact::Served { conn: ConnId(6), call: CallId(0), text };
    tape.on(CACHE, served(subscribe));
    tape.at(20_400).write(0, Fact::Disconnected { conn: ConnId(6), unread: 0 });
    tape.at(20_500).has_forgotten(40, "user:7", 3);
    tape.at(20_501).on(CACHE, Fact::Published { text: message, to: 0 });
    tape.at(20_600).gets(41, 32, "user:7");
    tape.returns_to(41, 32, "user:7", Reply::default().written_for("user:7"));
    tape.at(20_650).shows_in(41, 7, event(17, 4), Some(origin(17, 4, 1)), Exposure::Listed);
    let findings = tape.finish(20_700);
    let found = findings.violations.iter().find(|found| found.invariant == I1);
    insta::assert_snapshot!(found.expect("it is found").story.join("\n"), @r#"
    0.900 camera-17, user-8's in epoch-1, records camera-17/4
    20.400 gateway-1 loses conn-6, on which it is told of changes
    20.500 gateway-1 has the cache forget "user:7"
    20.501 cache-0 tells nobody that "user:7" was changed; that of gateway-1 is conn-6
    20.600 gateway-1 looks up "user:7" in the cache: call-32
    20.600 no cache has answered call-32, which returns at once: its value is out of the client's memory
    20.600 call-32 is handed a value of "user:7" that its client kept from an earlier call
    20.650 user-7 sees user-8's camera-17/4 in the list
    "#);
}

/// Call 40 goes on waiting behind the error that refused its command, though a connection was lost.
#[test]
fn an_error_that_its_call_has_not_read_outranks_a_lost_connection() {
    let mut tape = reconnected(CallOutcome::Hit, 20_510);
    tape.at(20_520).gets(33, 40, "user:9").rejects(33, 8, 40, "user:9");
    let (story, causes) = astray(&mut tape, 8);
    assert!(causes.contains(&"command rejected".to_owned()), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    20.520 cache-0 answers a command for "user:9" with an error on conn-8
    20.600 gateway-1 looks up "user:7" in the cache: call-32 on conn-8
    20.600 cache-0 answers command-71 on conn-8: "user:8"
    20.603 call-32 is handed the reply to command-71: the value of "user:8" is taken for that of "user:7"
    "#);
    let mut tape = reconnected(CallOutcome::Hit, 20_510);
    tape.at(20_520).gets(33, 40, "user:9").rejects(33, 8, 40, "user:9").fails(33, 40);
    let (story, _) = astray(&mut tape, 8);
    assert!(story.contains("sends 1 of them again"), "its own call has read it: {story}");
}
