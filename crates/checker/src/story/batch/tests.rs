//! One MGET for several calls, word by word.

use crate::Bounds;
use crate::fixture::{CACHE, Reply, Tape};
use crosswire_history::{CacheOp, CallId, CommandId, ConnId, Fact};

/// Lets conn-1 carry an MGET whose call the wire does not show, beginning with a key.
fn mget(tape: &mut Tape, command: u32, first: &str) {
    let key = tape.key(first);
    let (command, conn, call, op) = (CommandId(command), ConnId(1), CallId(0), CacheOp::Mget);
    tape.on(CACHE, Fact::Executed { command, conn, call, op, key, db: 0, hit: true });
}

fn first_story(tape: &mut Tape) -> (String, Vec<String>) {
    let found = tape.finish(900).violations.swap_remove(0);
    (found.story.join("\n"), found.causes)
}

#[test]
fn an_mget_in_another_order_than_its_calls_is_explained() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "b").at(101).gets(2, 20, "a").at(102);
    mget(&mut tape, 5, "a");
    tape.at(103).returns(10, "b", Reply::unknown().of(5).written_for("a"));
    let (story, causes) = first_story(&mut tape);
    assert!(causes.iter().any(|cause| cause == "another order than the calls'"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 gateway-1 looks up "b" in the cache: call-10
    0.101 gateway-1 looks up "a" in the cache: call-20
    0.102 cache-0 answers call-20 and call-10 in one MGET on conn-1: "a" first, though call-10 was before call-20
    0.103 call-10 is handed the reply to command-5: the value of "a" is taken for that of "b"
    "#);
}

/// The call whose key comes first in the MGET is handed what the call before it asks for.
#[test]
fn the_call_whose_value_it_is_is_named() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(2, 20, "b").at(101).gets(1, 10, "a").at(102);
    mget(&mut tape, 5, "a");
    tape.at(103).returns(10, "a", Reply::unknown().of(5).written_for("b"));
    insta::assert_snapshot!(first_story(&mut tape).0, @r#"
    0.100 gateway-1 looks up "b" in the cache: call-20
    0.101 gateway-1 looks up "a" in the cache: call-10
    0.102 cache-0 answers call-20 and call-10 in one MGET on conn-1: "a" first, though call-20 was before call-10
    0.103 call-10 is handed the reply to command-5: the value of "b" is taken for that of "a"
    "#);
}

#[test]
fn a_key_that_two_calls_ask_for_puts_those_behind_it_one_place_off() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(90).gets(3, 5, "a").at(95);
    mget(&mut tape, 4, "a");
    tape.returns(5, "a", Reply::unknown().of(4).written_for("a")).ends(3, 5);
    tape.at(100).gets(1, 10, "a").gets(2, 20, "a").gets(2, 30, "b").at(102);
    mget(&mut tape, 6, "a");
    tape.at(103).returns(20, "a", Reply::unknown().of(6).written_for("b"));
    let (story, causes) = first_story(&mut tape);
    assert!(causes.iter().any(|cause| cause == "a key asked for twice"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10
    0.100 gateway-1 looks up "a" in the cache: call-20
    0.100 "a" is asked for twice, by call-10 and call-20
    0.102 cache-0 answers call-10 and call-20 in one MGET on conn-1: "a" first
    0.103 call-20 is handed the reply to command-6: the value of "b" is taken for that of "a"
    "#);
}

/// A client may ask for one key with an MGET, and a call may be handed the reply of the one before.
#[test]
fn the_reply_to_an_earlier_call_is_no_mget_for_several() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").at(101).gets(2, 20, "b").at(102);
    mget(&mut tape, 5, "a");
    tape.at(103).returns(20, "b", Reply::unknown().of(5).written_for("a"));
    let (story, _) = first_story(&mut tape);
    assert!(!story.contains("in one MGET"), "{story}");
}

#[test]
fn a_multi_get_of_one_call_is_no_mget_for_several() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(99).gets(2, 20, "c").at(100).calls(1, 10, CacheOp::Mget, "a", 2).gets(3, 30, "a");
    let key = tape.at(101).key("a");
    let (command, conn, call, op) = (CommandId(5), ConnId(1), CallId(0), CacheOp::Mget);
    tape.write(1, Fact::Executed { command, conn, call, op, key, db: 0, hit: true });
    tape.at(103).returns(20, "c", Reply::unknown().of(5).written_for("b"));
    let (story, _) = first_story(&mut tape);
    assert!(!story.contains("in one MGET"), "{story}");
}
