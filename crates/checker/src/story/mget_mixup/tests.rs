//! Multi-gets that mixed up their values, word by word.

use crate::Bounds;
use crate::InvariantId::I1;
use crate::fixture::{Reply, Tape, event, origin};
use crosswire_history::{CacheOp, CallId, Exposure, Fact};

/// Lets a job read three keys and store what it missed, and then push user 8 another user's event.
fn story(missed: &[&str]) -> String {
    let mut tape = Tape::new(Bounds::default());
    tape.at(0).claims(9, 19).claims(8, 1).at(90).captures(event(19, 4));
    tape.at(100).fans_out(40).calls(40, 10, CacheOp::Mget, "cam:7:acl", 3);
    tape.at(101).executes_op(40, 1, 10, "cam:7:acl", CacheOp::Mget, true);
    tape.at(102).returns_to(40, 10, "cam:19:acl", Reply::to(10).written_for("cam:1:acl"));
    tape.ends(40, 10);
    for (call, key) in (11..).zip(missed) {
        tape.at(110).calls(40, call, CacheOp::Set, key, 1).ends(40, call);
    }
    tape.at(120).shows_in(40, 8, event(19, 4), Some(origin(19, 4, 1)), Exposure::Pushed);
    let findings = tape.finish(900);
    let found = findings.violations.iter().find(|found| found.invariant == I1);
    found.expect("it is found").story.join("\n")
}

#[test]
fn a_key_that_was_found_and_missed_was_asked_for_twice() {
    insta::assert_snapshot!(story(&["cam:19:acl", "cam:1:acl"]), @r#"
    0.100 gateway-1 sets out to push new events (request-40)
    0.100 gateway-1 looks up "cam:7:acl" and 2 more in the cache for its job (request-40): call-10
    0.100 call-10 asks for "cam:19:acl" twice: it returns a value and a miss
    0.101 cache-0 answers its share of call-10 on conn-1
    0.102 call-10 goes on with what cache-0 alone answered: the value of "cam:1:acl" is taken for that of "cam:19:acl"
    0.110 gateway-1 stores "cam:19:acl" in request-40, as what call-10 has missed
    0.120 user-8, who may watch camera-1, is pushed user-9's camera-19/4 with its thumbnail
    0.900 camera-19, user-9's in epoch-1, records camera-19/4
    "#);
    assert!(!story(&["cam:7:acl", "cam:1:acl"]).contains("twice"));
}

/// One of two values is missing because a node answered with an error.
#[test]
fn too_few_values_are_explained_by_the_error_of_a_node() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).calls(1, 10, CacheOp::Mget, "a", 2).rejects(1, 1, 10, "b");
    let key = tape.key("a");
    let call = CallId(10);
    tape.at(102).write(1, Fact::Misshapen { call, key, keys: 2, values: 1 });
    insta::assert_snapshot!(tape.finish(900).violations[0].story.join("\n"), @r#"
    0.100 gateway-1 looks up "a" and 1 more in the cache: call-10
    0.100 cache-0 answers call-10 with an error
    0.102 call-10 returns 1 values for 2 keys
    "#);
}
