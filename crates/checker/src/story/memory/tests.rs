//! Values from the client's memory, word by word.

use crate::Bounds;
use crate::fixture::{CACHE, Reply, Tape};
use crosswire_history::{CacheOp, CallId, ConnId, Fact};

/// Writes `k` with call 10.
fn tape() -> Tape {
    let mut tape = Tape::new(Bounds::default());
    tape.at(100).calls(1, 10, CacheOp::Set, "k", 1).writes_for(10, "k").ends(1, 10);
    tape
}

/// Reads with call 20 what call 10 wrote.
fn reads(tape: &mut Tape) {
    tape.returns(20, "k", Reply::to(20).written_by(10).written_for("k")).ends(2, 20);
}

/// Lets call 40 return what call 10 wrote, although no reply to call 40 brought it.
fn keeps(tape: &mut Tape) -> (String, Vec<String>) {
    tape.returns(40, "k", Reply::default().written_by(10).written_for("k")).ends(4, 40);
    let found = tape.finish(900).violations.swap_remove(0);
    (found.story.join("\n"), found.causes)
}

#[test]
fn a_read_that_a_delete_overtook_fills_the_memory() {
    let mut tape = tape();
    tape.at(200).gets(2, 20, "k").executes(2, 1, 20, "k");
    tape.at(201).calls(3, 30, CacheOp::Del, "k", 1);
    reads(tape.at(202));
    tape.executes_op(3, 2, 30, "k", CacheOp::Del, true).at(203).ends(3, 30);
    let (story, causes) = keeps(tape.at(300).gets(4, 40, "k"));
    assert!(causes.iter().any(|cause| cause == "read overtaken by a write"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.200 gateway-1 looks up "k" in the cache: call-20
    0.201 gateway-1 has the cache forget "k": call-30
    0.202 cache-0 carries out call-30
    0.202 call-20 brings the client that value of "k": a read that call-30 has overtaken, and it is kept all the same
    0.203 call-30 ends well: "k" no longer holds that value
    0.300 gateway-1 looks up "k" in the cache: call-40
    0.300 no cache has answered call-40, which returns at once: its value is out of the client's memory
    0.300 call-40 returns the value of "k" that call-10 wrote
    "#);
}

#[test]
fn a_delete_that_found_nothing_leaves_the_memory_as_it_was() {
    let mut tape = tape();
    tape.at(200).gets(2, 20, "k").executes(2, 1, 20, "k");
    reads(tape.at(202));
    tape.at(250).calls(3, 30, CacheOp::Del, "k", 1);
    tape.executes_op(3, 2, 30, "k", CacheOp::Del, false).at(251).ends(3, 30);
    let (story, causes) = keeps(tape.at(300).gets(4, 40, "k"));
    assert!(causes.iter().any(|cause| cause == "nothing to delete"), "{causes:?}");
    insta::assert_snapshot!(story, @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.202 call-20 brings the client that value of "k"; the client keeps it
    0.250 gateway-1 has the cache forget "k": call-30
    0.250 cache-0 carries out call-30
    0.250 cache-0 finds no "k" to delete for call-30
    0.251 call-30 ends well: "k" no longer holds that value
    0.300 gateway-1 looks up "k" in the cache: call-40
    0.300 no cache has answered call-40, which returns at once: its value is out of the client's memory
    0.300 call-40 returns the value of "k" that call-10 wrote
    "#);
}

/// A node that does not answer, one that answers with an error, and a command that brings no value.
#[test]
fn the_answers_of_the_caches_are_named() {
    let kept = |answer: &dyn Fn(&mut Tape)| {
        let mut tape = tape();
        tape.at(200).calls(3, 30, CacheOp::Set, "k", 1).writes_for(30, "k").at(201).ends(3, 30);
        tape.at(300).gets(4, 40, "k");
        answer(&mut tape);
        let (story, _) = keeps(&mut tape);
        let shown = story.lines().find(|line| line.contains("out of the client's memory"));
        shown.unwrap_or_default().to_owned()
    };
    let shown = [
        kept(&|_| {}),
        kept(&|tape| {
            tape.at(550);
        }),
        kept(&|tape| {
            tape.at(301).rejects(4, 1, 40, "k").at(302);
        }),
        kept(&|tape| {
            tape.at(301).executes(4, 1, 40, "k").at(302);
        }),
        kept(&|tape| {
            let text = tape.key("STRLEN k");
            tape.at(301).on(CACHE, Fact::Served { conn: ConnId(1), call: CallId(40), text });
        }),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r#"
    0.300 no cache has answered call-40, which returns at once: its value is out of the client's memory
    0.550 no cache has answered call-40 within 0.250 s: its value is out of the client's memory
    0.302 cache-0 answers call-40 with an error, and call-40 returns a value out of the client's memory
    0.302 cache-0 answers call-40 itself with a value, but call-40 returns a value out of the client's memory
    0.301 the caches have answered only "STRLEN k" for call-40: its value is out of the client's memory
    "#);
}

/// The cache answers a read of the key that holds a client's tag, but the value is not from there.
#[test]
fn a_value_kept_of_a_clients_write_is_explained_with_its_validation() {
    let mut tape = tape();
    tape.at(150).calls(2, 20, CacheOp::Set, "k", 1).writes_for(20, "k").at(151).ends(2, 20);
    tape.at(300).gets(4, 40, "k").executes(4, 1, 40, "k#tag").at(301);
    insta::assert_snapshot!(keeps(&mut tape).0, @r#"
    0.100 cache-0 stores a value of "k" for call-10
    0.100 call-10 writes that value of "k"; the client keeps it
    0.150 gateway-1 stores "k" in the cache: call-20
    0.150 cache-0 carries out call-20
    0.151 call-20 ends well: "k" no longer holds that value
    0.300 gateway-1 looks up "k" in the cache: call-40
    0.301 cache-0 answers call-40 itself with a value for "k#tag", but call-40 returns a value out of the client's memory
    0.301 call-40 returns the value of "k" that call-10 wrote
    "#);
}
