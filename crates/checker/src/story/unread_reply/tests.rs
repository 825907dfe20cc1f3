//! Calls that asked on more than one connection.

use crate::fixture::{Reply, Tape};
use crate::{Bounds, InvariantId};
use crosswire_history::{CacheOp, CallId, CallOutcome, ConnId, Fact};

/// Carries out a call's command on two connections, and leaves the reply on one of them.
fn story(op: CacheOp, (here, elsewhere): (&str, &str)) -> String {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).calls(1, 10, op, here, if op == CacheOp::Mget { 2 } else { 1 });
    tape.at(101).executes(1, 1, 10, here).executes(1, 2, 10, elsewhere).ends(1, 10);
    tape.at(200).gets(2, 20, "b").reuses(2, 20, 1, 10);
    tape.at(201).returns_to(2, 20, "b", Reply::to(10).written_for("a"));
    tape.finish(900).violations[0].story.join("\n")
}

#[test]
fn the_shares_of_a_multi_get_are_not_the_same_command_twice() {
    assert!(story(CacheOp::Get, ("a", "a")).contains("asks on two connections, conn-1 and conn-2"));
    assert!(!story(CacheOp::Mget, ("a", "c")).contains("asks on two connections"));
}

/// Call 20 read two replies at a time: the one to call 10, which it took, and its own, which the
/// client gave to call 30 before that call's command had arrived.
#[test]
fn a_reply_that_the_client_has_received_goes_to_the_next_call() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").cancels(1, 10, 7, 1);
    tape.at(102).gets(2, 20, "b").reuses(2, 20, 7, 10);
    tape.at(103).executes(1, 7, 10, "a").executes(2, 7, 20, "b").ends(2, 20);
    let (key, conn) = (tape.key("c"), ConnId(7));
    tape.at(110).gets(3, 30, "c");
    tape.write(3, Fact::Unfounded { call: CallId(30), key, conn });
    tape.ends_with(3, 30, CallOutcome::Miss);
    tape.at(111).gets(4, 40, "d").reuses(4, 40, 7, 30).executes(3, 7, 30, "c");
    tape.at(112).returns_to(4, 40, "d", Reply::to(30).written_for("c"));
    let violations = tape.finish(900).violations;
    let found = violations.iter().find(|found| found.invariant == InvariantId::I3);
    insta::assert_snapshot!(found.expect("it is found").story.join("\n"), @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-7
    0.100 call-10 is dropped; conn-7 goes back to the pool with the reply still to come
    0.102 gateway-1 looks up "b" in the cache: call-20 on conn-7 reads the reply to call-10 and leaves its own
    0.110 gateway-1 looks up "c" in the cache: call-30 on conn-7 reads the reply to call-20, which the client had received, and leaves its own
    0.111 gateway-1 looks up "d" in the cache: call-40 on conn-7, where the reply to call-30 is still unread
    0.111 cache-0 answers call-30 on conn-7: "c"
    0.112 call-40 is handed the reply to call-30: the value of "c" is taken for that of "d"
    "#);
}

/// Call 30 has read the first reply to it, and has left the second.
#[test]
fn a_call_that_the_cache_has_answered_has_read_no_reply_from_before() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(2, 20, "b").executes(2, 7, 20, "b").ends(2, 20);
    let (key, conn) = (tape.key("c"), ConnId(7));
    tape.at(110).gets(3, 30, "c").executes(3, 7, 30, "c").executes(3, 7, 30, "c");
    tape.write(3, Fact::Unfounded { call: CallId(30), key, conn }).ends(3, 30);
    tape.at(111).gets(4, 40, "d").reuses(4, 40, 7, 30);
    tape.at(112).returns_to(4, 40, "d", Reply::to(30).written_for("c"));
    let violations = tape.finish(900).violations;
    let found = violations.iter().find(|found| found.invariant == InvariantId::I3);
    let story = found.expect("it is found").story.join("\n");
    assert!(!story.contains("had received"), "{story}");
    assert!(story.contains("call-30 asks twice on conn-7"), "{story}");
}
