//! Stories of batches, counters and keys that are known to be absent.

use crate::Bounds;
use crate::InvariantId::{I3, I4};
use crate::fixture::{GATEWAY, Reply, Tape};
use crosswire_history::{CacheOp, CallId, CommandId, Fact, Sent};

fn story(tape: &mut Tape) -> String {
    tape.finish(1_000).violations[0].story.join("\n")
}

#[test]
fn a_number_that_another_call_has_taken() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(10).calls(1, 5, CacheOp::Incr, "k", 1).calls(2, 6, CacheOp::Incr, "k", 1);
    tape.at(11).executes_op(1, 7, 5, "k", CacheOp::Incr, true);
    let key = tape.key("k");
    tape.on(GATEWAY, Fact::Counted { command: CommandId(5), key, number: 4 });
    let reply = Reply::to(5).written_for("k");
    tape.at(12).returns(5, "k", reply).returns(6, "k", reply.sent(Sent::Before));
    assert_eq!((tape.count(I3), tape.count(I4)), (0, 1));
    insta::assert_snapshot!(story(&mut tape), @r#"
    0.010 gateway-1 counts "k" in the cache: call-6
    0.011 cache-0 answers call-5 on conn-7: "k"
    0.012 call-6 returns for "k" the number 4 that call-5 has taken already
    "#);
}

#[test]
fn an_absence_that_nobody_noted() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(10).gets(1, 5, "k").at(11).executes_op(1, 7, 5, "k", CacheOp::Get, false);
    let key = tape.key("k");
    tape.at(12).on(GATEWAY, Fact::KnownAbsent { call: CallId(5), key });
    tape.returns(5, "k", Reply::default());
    assert_eq!(tape.count(I3), 1);
    insta::assert_snapshot!(story(&mut tape), @r#"
    0.010 gateway-1 looks up "k" in the cache: call-5
    0.011 cache-0 has nothing for call-5
    0.012 call-5 answers that "k" is known to be absent, which no call has noted
    "#);
}

#[test]
fn a_value_under_the_key_of_another_part() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(10).calls(1, 4, CacheOp::Mset, "a", 2);
    tape.calls(1, 5, CacheOp::Set, "a", 1).calls(1, 6, CacheOp::Set, "b", 1);
    tape.at(11).executes_op(1, 7, 6, "a", CacheOp::Set, false).ends(1, 5).ends(1, 6).ends(1, 4);
    tape.at(20).gets(2, 8, "a").at(21).executes(2, 7, 8, "a");
    tape.at(22).returns(8, "a", Reply::to(8).written_for("b").written_by(6));
    assert_eq!(tape.count(I3), 1);
    insta::assert_snapshot!(story(&mut tape), @r#"
    0.010 gateway-1 stores "a" and 1 more in the cache: call-4
    0.011 cache-0 stores the value of "b" under "a" for call-6 of call-4
    0.020 gateway-1 looks up "a" in the cache: call-8
    0.022 call-8 is handed its own reply to command-8: the value of "b" is taken for that of "a"
    "#);
}
