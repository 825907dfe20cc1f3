//! Calls that asked on more than one connection.

use crate::Bounds;
use crate::fixture::{Reply, Tape};
use crosswire_history::CacheOp;

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
