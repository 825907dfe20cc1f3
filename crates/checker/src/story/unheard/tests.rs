//! Replies for which a call did not wait, word by word.

use crate::Bounds;
use crate::fixture::{CACHE, Reply, Tape};
use crosswire_history::{CallId, ConnId, Fact, Point};

fn first_story(tape: &mut Tape) -> (String, Vec<String>) {
    let found = tape.finish(900).violations.swap_remove(0);
    (found.story.join("\n"), found.causes)
}

#[test]
fn an_answer_before_the_end_of_a_reply_says_what_was_still_to_come() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").at(300).unfounded(10, "a", 1);
    insta::assert_snapshot!(first_story(&mut tape).0, @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-1
    0.300 call-10 has no answer on conn-1 within 0.200 s and does without; the reply is still to come on conn-1
    0.300 call-10 returns an answer for "a", though none of its own reply has been read on conn-1
    "#);
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").executes(1, 1, 10, "a");
    tape.on(CACHE, Fact::Fired { point: Point::CacheSplitReply });
    tape.at(101).unfounded(10, "a", 1);
    insta::assert_snapshot!(first_story(&mut tape).0, @r#"
    0.100 cache-0 sends a reply in two pieces
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-1
    0.101 call-10 goes on before it has read all replies to it to their end: the rest is still to come on conn-1
    0.101 call-10 returns an answer for "a", though none of its own reply has been read on conn-1
    "#);
}

/// Loses conn-1, and hands call 20 what follows the reply to call 10 on the next connection.
fn reconnected(happens: impl Fn(&mut Tape)) -> Tape {
    let mut tape = Tape::new(Bounds::default());
    tape.at(90).write(0, Fact::Connected { conn: ConnId(1), cache: 0 });
    tape.at(95).write(0, Fact::Disconnected { conn: ConnId(1), unread: 1 });
    tape.at(96).write(0, Fact::Connected { conn: ConnId(2), cache: 0 }).gets(1, 10, "a");
    happens(tape.at(97));
    tape.at(100).gets(2, 20, "b").executes(1, 2, 10, "a");
    tape.at(101).unfounded(20, "b", 2);
    tape
}

#[test]
fn a_greeting_or_a_dropped_call_is_the_likelier_cause_than_kept_bytes() {
    let greets = reconnected(|tape| {
        let text = tape.key("CLIENT SETNAME me");
        tape.on(CACHE, Fact::Served { conn: ConnId(2), call: CallId(10), text });
    });
    let drops = reconnected(|tape| {
        tape.gets(3, 30, "c").cancels(3, 30, 2, 1);
    });
    for mut tape in [greets, drops] {
        assert!(!first_story(&mut tape).0.contains("half a reply"));
    }
}

/// Call 20 ends without its reply, which call 21 then reads.
fn handed_on(ends: impl Fn(&mut Tape)) -> Vec<String> {
    let mut tape = Tape::new(Bounds::default());
    tape.at(90).write(0, Fact::Connected { conn: ConnId(1), cache: 0 });
    tape.at(95).write(0, Fact::Disconnected { conn: ConnId(1), unread: 1 });
    tape.at(96).write(0, Fact::Connected { conn: ConnId(2), cache: 0 }).gets(1, 10, "a");
    tape.at(100).gets(2, 20, "b").executes(1, 2, 10, "a");
    ends(tape.at(101));
    tape.at(102).executes(2, 2, 20, "b");
    tape.at(110).gets(3, 21, "c").reuses(3, 21, 2, 20);
    tape.returns_to(3, 21, "c", Reply::to(20).written_for("b"));
    first_story(&mut tape).1
}

#[test]
fn a_call_that_gave_up_on_a_new_connection_was_not_answered_by_kept_bytes() {
    let kept = |causes: Vec<String>| causes.iter().any(|cause| cause.contains("bytes kept"));
    assert!(kept(handed_on(|tape| {
        tape.ends(2, 20);
    })));
    assert!(!kept(handed_on(|tape| {
        tape.cancels(2, 20, 2, 1);
    })));
}

#[test]
fn a_call_answered_by_bytes_kept_of_a_lost_connection_is_explained() {
    let mut tape = reconnected(|_| {});
    let (story, causes) = first_story(&mut tape);
    assert!(causes.iter().any(|cause| cause == "bytes kept of a lost connection"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.095 gateway-1 loses conn-1 with a reply still to come
    0.096 gateway-1 makes conn-2 in its place
    0.100 cache-0 answers call-10 on conn-2
    0.100 gateway-1 looks up "b" in the cache: call-20 on conn-2
    0.101 call-20 ends before its own command has been carried out, as if half a reply that was kept of conn-1 stood in front of the replies on conn-2
    0.101 call-20 returns an answer for "b", though none of its own reply has been read on conn-2
    "#);
}

#[test]
fn a_call_that_gives_up_on_a_new_connection_has_read_nothing() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(90).write(0, Fact::Connected { conn: ConnId(1), cache: 0 });
    tape.at(95).write(0, Fact::Disconnected { conn: ConnId(1), unread: 1 });
    tape.at(96).write(0, Fact::Connected { conn: ConnId(2), cache: 0 });
    tape.at(100).gets(2, 20, "b").at(101).unfounded(20, "b", 2);
    assert!(!first_story(&mut tape).0.contains("half a reply"));
}

#[test]
fn a_second_command_of_a_call_is_named() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "a").at(250).write(1, Fact::Pipelined { conn: ConnId(1) });
    tape.at(260).executes(1, 1, 10, "a").at(261).write(
        1,
        Fact::Unfounded { call: CallId(10), key: crosswire_history::KeyId(0), conn: ConnId(1) },
    );
    insta::assert_snapshot!(first_story(&mut tape).0, @r#"
    0.100 gateway-1 looks up "a" in the cache: call-10 on conn-1
    0.250 call-10 sends one more command on conn-1, with the reply to its first still to come
    0.260 cache-0 answers call-10 on conn-1
    0.261 call-10 goes on before it has read all replies to it to their end: the rest is still to come on conn-1
    0.261 call-10 returns an answer for "a", though none of its own reply has been read on conn-1
    "#);
}
