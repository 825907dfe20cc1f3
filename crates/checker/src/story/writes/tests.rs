//! The fate of a write, word by word.

use crate::fixture::{CACHE, GATEWAY, Reply, Tape};
use crate::{Bounds, InvariantId};
use crosswire_history::{CacheOp, CallId, Fact, NodeId, NodeKind};

/// Writes `k` with call 10; then call 20 writes it anew, or deletes it.
fn tape(op: CacheOp) -> Tape {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k").ends(1, 10);
    tape.at(200).calls(1, 20, op, "k", 1);
    tape
}

/// Answers call 30 with what call 10 wrote.
fn story(tape: &mut Tape) -> (String, Vec<String>) {
    tape.gets(1, 30, "k").executes(1, 4, 30, "k");
    tape.returns(30, "k", Reply::to(30).written_by(10).written_for("k")).ends(1, 30);
    let found = tape.finish(900).violations.swap_remove(0);
    (found.story.join("\n"), found.causes)
}

#[test]
fn a_write_that_ends_well_before_it_is_carried_out_is_explained() {
    let mut tape = tape(CacheOp::Set);
    tape.at(201).ends(1, 20);
    let (story, causes) = story(tape.at(300));
    assert!(causes.iter().any(|cause| cause == "acknowledged before it was carried out"));
    insta::assert_snapshot!(story, @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.200 gateway-1 stores "k" in the cache: call-20
    0.201 call-20 ends well, though no cache has carried it out: "k" should no longer hold that value
    0.300 gateway-1 looks up "k" in the cache: call-30
    0.300 cache-0 answers call-30 with the value of "k"
    0.300 call-30 returns the value of "k" that call-10 wrote
    "#);
}

#[test]
fn a_value_on_another_node_than_the_delete_went_to_is_explained() {
    let mut tape = tape(CacheOp::Del);
    let (key, call) = (tape.key("k"), CallId(20));
    let (op, db, hit) = (CacheOp::Del, 0, true);
    let (command, conn) = (crosswire_history::CommandId(20), crosswire_history::ConnId(9));
    let other = NodeId::new(NodeKind::Cache, 1);
    tape.on(other, Fact::Executed { command, conn, call, op, key, db, hit }).at(201).ends(1, 20);
    let (story, causes) = story(tape.at(300));
    assert!(causes.iter().any(|cause| cause == "still there on another node"));
    insta::assert_snapshot!(story, @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.200 gateway-1 has the cache forget "k": call-20
    0.200 cache-1 carries out call-20
    0.201 call-20 ends well: "k" no longer holds that value
    0.300 gateway-1 looks up "k" in the cache: call-30
    0.300 another node, cache-0, answers call-30 with the value of "k": call-20 went to cache-1 alone
    0.300 call-30 returns the value of "k" that call-10 wrote
    "#);
}

/// Builds the story of an entry at rest that a later change has made untrue, stored for `life_ms`.
fn at_rest(life_ms: Option<u64>, ends: impl Fn(&mut Tape)) -> String {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k");
    let key = tape.key("k");
    tape.on(CACHE, Fact::LongLife { call: CallId(10), key, asked_ms: 4_000, life_ms });
    ends(&mut tape);
    tape.at(9_000);
    tape.on(crate::fixture::HARNESS, Fact::AtRest { key, as_of: 1, untrue_ms: Some(200) });
    tape.finish(9_000).violations[0].story.join("\n")
}

#[test]
fn a_life_longer_than_asked_for_is_explained() {
    insta::assert_snapshot!(at_rest(Some(4_000_000), |tape| {
            tape.ends(1, 10);
        }), @r#"
    0.100 cache-0 keeps "k" for 4000.000 s, 1000 times as long as asked for, read as of commit 1
    0.200 the directory commits a change that makes "k" another
    4.200 "k" should be true again by now
    9.000 at rest, the cache still holds "k" as of commit 1
    "#);
    insta::assert_snapshot!(at_rest(None, |tape| {
            tape.at(101).cancels(1, 10, 1, 0);
        }), @r#"
    0.100 cache-0 keeps "k" with no end, instead of for 4.000 s, read as of commit 1
    0.101 call-10 is dropped before it has sent an end of that life
    0.200 the directory commits a change that makes "k" another
    4.200 "k" should be true again by now
    9.000 at rest, the cache still holds "k" as of commit 1
    "#);
    let ended = at_rest(None, |tape| {
        let (conn, call) = (crosswire_history::ConnId(1), CallId(10));
        let text = tape.key("PEXPIRE k 4000");
        tape.at(101).on(CACHE, Fact::Served { conn, call, text });
    });
    assert!(!ended.contains("no end"), "{ended}");
}

/// A write that failed is carried out after a later one, or what was written is stored once more.
#[test]
fn a_write_that_lands_late_is_explained() {
    let late = |ends: &dyn Fn(&mut Tape), writes: u32| {
        let mut tape = Tape::new(Bounds::default());
        tape.at(100).calls(1, 10, CacheOp::Set, "k", 1);
        for _ in 1..writes {
            tape.at(101).writes_for(10, "k");
        }
        ends(tape.at(102));
        tape.at(200).calls(1, 20, CacheOp::Del, "k", 1).executes_op(
            1,
            4,
            20,
            "k",
            CacheOp::Del,
            true,
        );
        tape.at(201).ends(1, 20).at(250).sends_late(GATEWAY, 10).writes_for(10, "k");
        let (story, _) = story(tape.at(300));
        story.lines().find(|line| line.contains("stores a value")).unwrap_or_default().to_owned()
    };
    let failed = |tape: &mut Tape| {
        tape.fails(1, 10);
    };
    let well = |tape: &mut Tape| {
        tape.ends(1, 10);
    };
    insta::assert_snapshot!([late(&failed, 1), late(&well, 2)].join("\n"), @r#"
    0.250 cache-0 stores a value of "k", 0.148 s after call-10, which writes it, failed
    0.250 cache-0 stores a value of "k": what call-10 wrote at 0.101, stored once more
    "#);
}

/// Conditional: a client that takes the answer for success believes that the older value is gone.
#[test]
fn a_write_that_the_cache_has_not_stored_is_explained() {
    let mut tape = tape(CacheOp::Set);
    tape.at(201).executes_op(1, 4, 20, "k", CacheOp::Set, true);
    tape.at(202).ends(1, 20);
    let (story, causes) = story(tape.at(300));
    assert!(causes.iter().any(|cause| cause == "write without effect"));
    insta::assert_snapshot!(story, @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.200 gateway-1 stores "k" in the cache: call-20
    0.201 cache-0 carries out call-20
    0.201 cache-0 answers call-20 without storing its value: "k" holds one
    0.202 call-20 ends well: "k" no longer holds that value
    0.300 gateway-1 looks up "k" in the cache: call-30
    0.300 cache-0 answers call-30 with the value of "k"
    0.300 call-30 returns the value of "k" that call-10 wrote
    "#);
}

#[test]
fn an_unread_reply_from_before_the_write_is_no_write_without_effect() {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k").ends(1, 10);
    tape.at(150).gets(2, 15, "k").executes(2, 4, 15, "k");
    tape.at(151).cancels(2, 15, 4, 1);
    tape.at(200).calls(1, 20, CacheOp::Set, "k", 1);
    tape.at(201).executes_op(1, 5, 20, "k", CacheOp::Set, true).at(202).ends(1, 20);
    tape.at(300).gets(3, 30, "k").reuses(3, 30, 4, 15);
    tape.returns_to(3, 30, "k", Reply::to(15).written_by(10).written_for("k")).ends(3, 30);
    let violations = tape.finish(900).violations;
    let found = violations.iter().find(|found| found.invariant == InvariantId::I5);
    let found = found.expect("the value is from before the write");
    insta::assert_snapshot!(found.story.join("\n"), @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.150 gateway-1 looks up "k" in the cache: call-15 on conn-4
    0.150 cache-0 answers call-15 on conn-4: "k"
    0.151 call-15 is dropped; conn-4 goes back to the pool with the reply still to come
    0.200 gateway-1 stores "k" in the cache: call-20
    0.201 cache-0 carries out call-20
    0.202 call-20 ends well: "k" no longer holds that value
    0.300 gateway-1 looks up "k" in the cache: call-30 on conn-4, where the reply to call-15 is still unread
    0.300 call-30 is handed the reply to call-15: a value of "k", as asked, but by luck
    0.300 call-30 returns the value of "k" that call-10 wrote
    "#);
    assert!(!found.causes.iter().any(|cause| cause == "write without effect"));
}
