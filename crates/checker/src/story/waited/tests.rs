//! Calls that waited for their connection, word by word.

use crate::Bounds;
use crate::InvariantId::I4;
use crate::fixture::{Reply, Tape};

/// Lets call 9 begin at 100 and leave its reply unread on conn-4, where the cache has answered call
/// 8 at `other_ms`.
fn story(other_ms: u64) -> String {
    let mut tape = Tape::new(Bounds::default());
    tape.at(90).gets(19, 8, "c");
    tape.at(100).gets(20, 9, "a");
    tape.at(other_ms).executes(19, 4, 8, "c").ends(19, 8);
    tape.at(180).executes(20, 4, 9, "a").at(190).cancels(20, 9, 4, 1);
    tape.at(200).gets(21, 12, "b").reuses(21, 12, 4, 9);
    tape.at(201).returns_to(21, 12, "b", Reply::to(9).written_for("a"));
    let found = tape.finish(900).violations.into_iter().find(|found| found.invariant == I4);
    found.expect("it is found").story.join("\n")
}

#[test]
fn a_call_waits_while_the_cache_answers_another_on_its_connection() {
    insta::assert_snapshot!(story(150), @r#"
    0.100 gateway-1 looks up "a" in the cache: call-9, which waits for conn-4
    0.180 cache-0 answers call-9 on conn-4: "a"
    0.190 call-9 is dropped; conn-4 goes back to the pool with the reply still to come
    0.200 gateway-1 looks up "b" in the cache: call-12 on conn-4, where the reply to call-9 is still unread
    0.201 call-12 is handed the reply to call-9: the value of "a" is taken for that of "b"
    "#);
}

/// A client whose connections calls share reports no second borrower, so nothing is known of when a
/// call went out.
#[test]
fn on_a_shared_connection_nothing_is_known() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(20, 9, "a").at(150).executes(19, 4, 8, "c");
    tape.at(180).executes(20, 4, 9, "a").at(190).cancels(20, 9, 4, 1);
    tape.at(200).gets(21, 12, "b");
    tape.at(201).returns_to(21, 12, "b", Reply::to(9).written_for("a"));
    let found = tape.finish(900).violations.into_iter().find(|found| found.invariant == I4);
    let story = found.expect("it is found").story.join("\n");
    assert!(!story.contains("waits for"), "{story}");
}
