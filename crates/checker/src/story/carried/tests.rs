//! Callers that keep their places on a new connection, word by word and for any queue.

use crate::Bounds;
use crate::InvariantId::I3;
use crate::fixture::{Reply, Tape};
use crosswire_history::{CacheOp, CallOutcome, ConnId, Fact};
use proptest::prelude::*;

/// Makes conn-6 from gateway-1 to cache-0.
fn tape() -> Tape {
    let mut tape = Tape::new(Bounds::default());
    tape.at(20_000).write(0, Fact::Connected { conn: ConnId(6), cache: 0 });
    tape
}

/// Loses conn-6 with this many commands unanswered, and makes conn-8.
fn reconnect(tape: &mut Tape, unread: u16) {
    tape.at(20_100).write(0, Fact::Disconnected { conn: ConnId(6), unread });
    tape.at(20_102).write(0, Fact::Connected { conn: ConnId(8), cache: 0 });
}

fn story_of(tape: &mut Tape) -> (String, Vec<String>) {
    let found = tape.finish(30_000).violations.into_iter().find(|found| found.invariant == I3);
    let found = found.expect("it is found");
    (found.story.join("\n"), found.causes)
}

/// Hands call 30, the second that asks on the new connection, the value of the third.
fn skewed(tape: &mut Tape) {
    tape.at(20_200).gets(29, 29, "user:9").unattributed_get(8, 70, "user:9");
    tape.at(20_300).gets(30, 30, "user:7").unattributed_get(8, 71, "user:7");
    tape.at(20_400).gets(31, 31, "user:8").unattributed_get(8, 72, "user:8");
    tape.returns_to(30, 30, "user:7", Reply::unknown().of(72).written_for("user:8"));
}

/// The cache carried the write out on the lost connection, and its call was dropped meanwhile.
#[test]
fn a_call_that_was_dropped_still_takes_the_next_reply() {
    let mut tape = tape();
    tape.at(20_090).calls(20, 20, CacheOp::Set, "user:3", 1);
    reconnect(&mut tape, 1);
    tape.at(20_110).executes_op(20, 6, 20, "user:3", CacheOp::Set, true).cancels(20, 20, 6, 1);
    skewed(&mut tape);
    let (story, causes) = story_of(&mut tape);
    assert!(causes.contains(&"command not sent again".to_owned()), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    20.100 gateway-1 loses conn-6 with one command unanswered
    20.102 gateway-1 makes conn-8 and sends none of them again: not SET "user:3" of call-20
    20.200 call-20, although dropped, keeps its place in the queue and takes the next reply: to command-70, GET "user:9"
    20.300 cache-0 answers call-30 on conn-8, and the caller in front of it takes that reply
    20.300 gateway-1 looks up "user:7" in the cache: call-30 on conn-8
    20.400 cache-0 answers command-72 on conn-8: "user:8"
    20.400 call-30 is handed the reply to command-72: the value of "user:8" is taken for that of "user:7"
    "#);
}

#[test]
fn a_read_that_was_sent_again_has_lost_its_reply_to_the_caller_in_front() {
    let mut tape = tape();
    tape.at(20_080).gets(21, 21, "user:1").calls(20, 20, CacheOp::Set, "user:3", 1);
    tape.at(20_090).gets(22, 22, "user:2");
    reconnect(&mut tape, 3);
    tape.at(20_104).unattributed_get(8, 68, "user:1").unattributed_get(8, 69, "user:2");
    tape.returns_to(21, 21, "user:1", Reply::unknown().of(68).written_for("user:1")).ends(21, 21);
    tape.at(20_106).gets(23, 23, "user:4").unattributed_get(8, 70, "user:4");
    tape.returns_to(22, 22, "user:2", Reply::unknown().of(70).written_for("user:4"));
    insta::assert_snapshot!(story_of(&mut tape).0, @r#"
    20.090 gateway-1 looks up "user:2" in the cache: call-22 on conn-6, and again on conn-8
    20.100 gateway-1 loses conn-6 with 3 commands unanswered
    20.102 gateway-1 makes conn-8 and sends 2 of them again: not SET "user:3" of call-20
    20.104 call-20 keeps its place in the queue and takes the next reply: to command-69, GET "user:2" of call-22
    20.106 cache-0 answers command-70 on conn-8: "user:4"
    20.106 call-22 is handed the reply to command-70: the value of "user:4" is taken for that of "user:2"
    "#);
}

/// Only one caller was not sent again, and the call was handed the reply two places behind its own.
#[test]
fn a_skew_of_another_length_may_have_another_cause() {
    let mut tape = tape();
    tape.at(20_080).gets(21, 21, "user:1").calls(20, 20, CacheOp::Set, "user:3", 1);
    reconnect(&mut tape, 2);
    tape.at(20_104).unattributed_get(8, 68, "user:1").ends(21, 21);
    tape.at(20_200).gets(29, 29, "user:9").unattributed_get(8, 70, "user:9");
    tape.unattributed_get(8, 71, "user:6").unattributed_get(8, 72, "user:8");
    tape.returns_to(29, 29, "user:9", Reply::unknown().of(72).written_for("user:8"));
    let (story, _) = story_of(&mut tape);
    assert!(story.contains("call-20 perhaps keeps its place in the queue"), "{story}");
}

/// A correct client fails what was under way when its connection was lost.
#[test]
fn a_caller_that_was_told_of_the_loss_keeps_no_place() {
    let mut tape = tape();
    tape.at(20_090).calls(20, 20, CacheOp::Set, "user:3", 1);
    tape.at(20_100).write(0, Fact::Disconnected { conn: ConnId(6), unread: 1 });
    tape.ends_with(20, 20, CallOutcome::Error);
    tape.at(20_102).write(0, Fact::Connected { conn: ConnId(8), cache: 0 });
    skewed(&mut tape);
    let (story, causes) = story_of(&mut tape);
    assert!(!story.contains("keeps its place"), "{story}");
    assert!(!causes.contains(&"connection lost".to_owned()), "{causes:?}");
}

proptest! {
    /// In a queue of reads and writes of which only the reads are sent again, the caller at each
    /// place takes the reply at that place.
    #[test]
    fn the_first_write_takes_the_reply_at_its_place(
        writes in prop::collection::vec(any::<bool>(), 1..7),
        heard in any::<bool>(),
    ) {
        let Some(first) = writes.iter().position(|write| *write) else { return Ok(()) };
        let unsent = writes.iter().filter(|write| **write).count() as u32;
        let mut tape = tape();
        let names: Vec<String> = (0..40).map(|at| format!("user:{at}")).collect();
        let calls = || writes.iter().zip(20_u32..);
        for (write, call) in calls() {
            let op = if *write { CacheOp::Set } else { CacheOp::Get };
            tape.at(20_050).calls(call, call, op, &names[call as usize], 1);
        }
        reconnect(&mut tape, writes.len() as u16);
        if heard {
            for (write, call) in calls() {
                let op = if *write { CacheOp::Set } else { CacheOp::Get };
                tape.executes_op(call, 6, call, &names[call as usize], op, true);
            }
        }
        let mut command = 50;
        let again = calls().filter(|(write, _)| !**write).map(|(_, call)| call);
        // Behind them come more, so that the first of these takes the reply to the last, call 39.
        let behind = 39 - unsent..=39;
        for call in again.chain(behind.clone()) {
            let name = &names[call as usize];
            if behind.contains(&call) {
                tape.at(20_200).gets(call, call, name);
            }
            tape.unattributed_get(8, command, name);
            command += 1;
        }
        let (asked, taken) = (*behind.start(), command - 1);
        tape.at(20_300).returns_to(
            asked,
            asked,
            &names[asked as usize],
            Reply::unknown().of(taken).written_for("user:39"),
        );
        let (story, _) = story_of(&mut tape);
        let line = format!("call-{} keeps its place in the queue", 20 + first);
        prop_assert!(story.contains(&line), "{story}");
        let reply = format!("takes the next reply: to command-{}, GET", 50 + first);
        prop_assert!(story.contains(&reply), "{story}");
        let number = format!("loses conn-6 with {}", match writes.len() {
            1 => "one command unanswered".to_owned(),
            all => format!("{all} commands unanswered"),
        });
        prop_assert!(story.contains(&number), "{story}");
    }
}
