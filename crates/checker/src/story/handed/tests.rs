//! Replies that more than one call is handed, word by word.

use crate::fixture::{CACHE, Reply, Tape};
use crate::{Bounds, InvariantId};
use crosswire_history::{CacheOp, CallId, CallOutcome, ConnId, Decline, Fact, Sent};

fn first_story(tape: &mut Tape) -> (String, Vec<String>) {
    let found = tape.finish(900).violations.swap_remove(0);
    (found.story.join("\n"), found.causes)
}

#[test]
fn the_bytes_of_a_reply_on_another_connection_are_out_of_a_shared_buffer() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").executes(1, 1, 10, "a");
    tape.at(101).gets(2, 20, "b").executes(2, 2, 20, "b");
    tape.at(102).returns(10, "a", Reply::to(20).written_for("b"));
    let (story, causes) = first_story(&mut tape);
    assert!(causes.iter().any(|cause| cause == "bytes of another reply"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10
    0.100 cache-0 answers call-10 on conn-1
    0.101 gateway-1 looks up "b" in the cache: call-20
    0.101 cache-0 answers call-20 on conn-2: "b"
    0.102 call-10 returns bytes of the reply to call-20, as if from a buffer that both share
    0.102 call-10 is handed the reply to call-20: the value of "b" is taken for that of "a"
    "#);
}

#[test]
fn a_call_that_sent_nothing_joins_the_read_of_another_key() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").at(101).gets(2, 20, "b");
    tape.at(102).executes(1, 1, 10, "a");
    tape.at(103).returns(10, "a", Reply::to(10).written_for("a")).ends(1, 10);
    tape.returns(20, "b", Reply::to(10).written_for("a")).ends(2, 20);
    let (story, causes) = first_story(&mut tape);
    assert!(causes.iter().any(|cause| cause == "one reply for two calls"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10
    0.101 gateway-1 looks up "b" in the cache: call-20
    0.102 cache-0 answers call-10 on conn-1: "a"
    0.103 no cache has answered a command of call-20: call-10 and call-20 are handed the same reply, as if they shared a read or a buffer
    0.103 call-20 is handed the reply to call-10: the value of "a" is taken for that of "b"
    "#);
}

#[test]
fn bytes_that_no_call_wrote_are_explained_by_how_the_key_was_stored() {
    let mut tape = Tape::new(Bounds::default());
    for (at_ms, call) in [(100, 10), (110, 20)] {
        tape.at(at_ms).calls(1, call, CacheOp::Set, "k", 1);
        tape.writes_for(call, "k/1").writes_for(call, "k/2").ends(1, call);
    }
    tape.at(200).gets(1, 30, "k").executes(1, 1, 30, "k/1");
    tape.on(CACHE, Fact::LongValue { conn: ConnId(1), bytes: 1_044 });
    let key = tape.key("k");
    tape.at(201).write(1, Fact::Unwritten { call: CallId(30), key, bytes: 20 });
    tape.returns(30, "k", Reply::default()).ends(1, 30);
    let (story, causes) = first_story(&mut tape);
    assert!(causes.iter().any(|cause| cause == "stored in several commands"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 call-10 has stored parts of "k": "k/1" and "k/2"
    0.110 call-20 has stored parts of "k": "k/1" and "k/2"
    0.200 cache-0 answers call-30 on conn-1 with a value of 1044 bytes
    0.200 gateway-1 looks up "k" in the cache: call-30
    0.201 call-30: 20 bytes that no call wrote are taken for the value of "k"
    "#);
}

/// A read goes on when its caller is dropped, and its value is given to the next call that asks.
#[test]
fn a_value_read_for_another_call_is_explained_by_that_call() {
    for dropped in [false, true] {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).gets(1, 10, "a");
        if dropped {
            tape.cancels(1, 10, 1, 1).write(1, Fact::Dropped { why: Decline::Deadline });
        }
        tape.at(102).unattributed_get(1, 5, "a");
        if !dropped {
            let reply = Reply::unknown().of(5).written_for("a");
            tape.at(103).returns(10, "a", reply).ends(1, 10);
        }
        let reply = Reply::unknown().of(5).written_for("a").sent(Sent::Kept);
        tape.at(200).gets(2, 20, "a").returns(20, "a", reply);
        let (story, causes) = first_story(&mut tape);
        assert_eq!(causes.iter().any(|cause| cause == "call dropped"), dropped, "{causes:?}");
        if dropped {
            insta::assert_snapshot!(story, @r#"
            0.100 gateway-1 looks up "a" in the cache: call-10
            0.100 call-10 is dropped, and its read goes on
            0.102 cache-0 answers call-10 on conn-1: "a"
            0.200 gateway-1 looks up "a" in the cache: call-20
            0.200 no cache has answered a command of call-20: it returns at once what the reply to call-10 had brought
            0.200 call-20 is handed the reply to command-5, read before the call began: a value of "a", as asked, but by luck
            "#);
        } else {
            insta::assert_snapshot!(story, @r#"
            0.100 gateway-1 looks up "a" in the cache: call-10
            0.102 cache-0 answers call-10 on conn-1: "a"
            0.200 gateway-1 looks up "a" in the cache: call-20
            0.200 no cache has answered a command of call-20: it returns at once what the reply to call-10 had brought
            0.200 call-20 is handed the reply to command-5, read before the call began: a value of "a", as asked, but by luck
            "#);
        }
    }
}

/// Two replies brought one value; the call has to do only with the connection of the first.
#[test]
fn of_two_replies_with_one_value_that_on_the_calls_own_connection_is_credited() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "b").at(101).ends_with(1, 10, CallOutcome::Error);
    tape.at(102).executes(1, 1, 10, "b");
    tape.at(103).gets(2, 20, "a").executes(2, 1, 20, "a");
    tape.at(104).gets(3, 30, "b").executes(3, 2, 30, "b");
    tape.returns(30, "b", Reply::to(30).written_for("b")).ends(3, 30);
    tape.at(105).returns(20, "a", Reply::to(30).written_for("b"));
    insta::assert_snapshot!(first_story(&mut tape).0, @r#"
    0.100 gateway-1 looks up "b" in the cache: call-10 on conn-1
    0.101 call-10 fails; the reply is still to come on conn-1
    0.102 cache-0 answers call-10 on conn-1: "b"
    0.103 gateway-1 looks up "a" in the cache: call-20 on conn-1
    0.105 call-20 is handed the reply to call-10: the value of "b" is taken for that of "a"
    "#);
}

#[test]
fn of_two_replies_with_one_value_the_unread_one_on_the_calls_connection_is_named() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").executes(1, 7, 10, "a").at(101).cancels(1, 10, 7, 1);
    tape.at(110).gets(2, 20, "a").executes(2, 6, 20, "a");
    tape.at(111).gets(3, 30, "b").reuses(3, 30, 7, 10);
    tape.returns_to(3, 30, "b", Reply::to(20).written_for("a")).ends(3, 30);
    let violations = tape.finish(900).violations;
    let found = violations.iter().find(|found| found.invariant == InvariantId::I4);
    insta::assert_snapshot!(found.expect("a crossed reply").story.join("\n"), @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-7
    0.100 cache-0 answers call-10 on conn-7: "a"
    0.101 call-10 is dropped; conn-7 goes back to the pool with the reply still to come
    0.111 gateway-1 looks up "b" in the cache: call-30 on conn-7, where the reply to call-10 is still unread
    0.111 call-30 is handed the reply to call-10: the value of "a" is taken for that of "b"
    "#);
}

/// One call goes out while another waits on its connection, and takes its reply.
#[test]
fn replies_swapped_on_one_connection_are_no_shared_buffer() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a");
    tape.at(101).gets(2, 20, "b").reuses(2, 20, 1, 10);
    tape.at(102).executes(1, 1, 10, "a").at(103);
    tape.returns_to(2, 20, "b", Reply::to(10).written_for("a")).ends(2, 20);
    tape.at(104).executes(2, 1, 20, "b");
    tape.at(105).returns_to(1, 10, "a", Reply::to(20).written_for("b")).ends(1, 10);
    let violations = tape.finish(900).violations;
    let of_call_10 =
        |found: &&crate::Violation| found.invariant == InvariantId::I3 && found.at_ms == 105;
    let found = violations.iter().find(of_call_10).expect("it is found");
    assert!(found.causes.contains(&"two on one connection".to_owned()), "{:?}", found.causes);
    insta::assert_snapshot!(found.story.join("\n"), @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-1
    0.101 gateway-1 looks up "b" in the cache: call-20 on conn-1, while call-10 still waits for its reply there
    0.102 cache-0 answers call-10 on conn-1
    0.103 call-20 takes the reply to call-10
    0.104 cache-0 answers call-20 on conn-1: "b"
    0.105 call-10 is handed the reply to call-20: the value of "b" is taken for that of "a"
    "#);
}

/// The call went out behind an unread reply, and its own command is still under way.
#[test]
fn a_call_that_was_sent_behind_an_unread_reply_has_joined_no_read() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").at(101).cancels(1, 10, 7, 1).executes(1, 7, 10, "a");
    tape.at(102).gets(2, 20, "a").reuses(2, 20, 7, 10).executes(2, 7, 20, "a");
    tape.returns_to(2, 20, "a", Reply::to(20).written_for("a")).ends(2, 20);
    tape.at(110).gets(3, 30, "b").reuses(3, 30, 7, 20);
    tape.returns_to(3, 30, "b", Reply::to(20).written_for("a")).ends(3, 30);
    let violations = tape.finish(900).violations;
    let found = violations.iter().find(|found| found.invariant == InvariantId::I3);
    insta::assert_snapshot!(found.expect("it is found").story.join("\n"), @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-7
    0.101 call-10 is dropped; conn-7 goes back to the pool with the reply still to come
    0.102 gateway-1 looks up "a" in the cache: call-20 on conn-7 reads the reply to call-10 and leaves its own
    0.102 cache-0 answers call-20 on conn-7: "a"
    0.110 gateway-1 looks up "b" in the cache: call-30 on conn-7, where the reply to call-20 is still unread
    0.110 call-30 is handed the reply to call-20: the value of "a" is taken for that of "b"
    "#);
}
