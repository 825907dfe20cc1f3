//! A command that was cut, word by word.

use crate::Bounds;
use crate::fixture::{Reply, Tape};
use crosswire_history::Decline;
use crosswire_history::Fact;

/// Drops call 10, lets a cache read a key for it, and hands call 30 the reply to call 20.
fn story(read: &str) -> String {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).gets(1, 10, "user:8");
    tape.at(101).cancels(1, 10, 1, 1).write(1, Fact::Dropped { why: Decline::Deadline });
    tape.at(105).executes(1, 1, 10, read);
    tape.at(200).gets(2, 20, "user:1").executes(2, 1, 20, "user:1").at(201).fails(2, 20);
    tape.at(300).gets(3, 30, "user:2");
    tape.at(301).returns(30, "user:2", Reply::to(20).written_for("user:1"));
    tape.finish(900).violations[0].story.join("\n")
}

#[test]
fn half_a_command_with_the_next_one_behind_it_is_explained() {
    insta::assert_snapshot!(story("use*2\r"), @r#"
    0.100 gateway-1 looks up "user:8" in the cache: call-10 on conn-1
    0.101 call-10 is dropped in mid-write on conn-1
    0.105 cache-0 reads "use*2\r" on conn-1, for which no call has asked: half a command of call-10 with the next one behind it
    0.200 gateway-1 looks up "user:1" in the cache: call-20 on conn-1
    0.200 cache-0 answers call-20 on conn-1: "user:1"
    0.300 gateway-1 looks up "user:2" in the cache: call-30 on conn-1
    0.301 call-30 is handed the reply to call-20: the value of "user:1" is taken for that of "user:2"
    "#);
}

#[test]
fn a_key_that_a_client_has_given_another_name_is_whole() {
    for read in ["user:8", "user:*", "7f3a91", "user:8*2", "*2\r\n$3"] {
        let is_cut = story(read).contains("half a command");
        assert_eq!(is_cut, read == "user:*", "{read:?}");
    }
}
