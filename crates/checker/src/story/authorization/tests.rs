//! The stories that an engineer reads, word by word.

use crate::InvariantId::{I5, I6, I8, I14};
use crate::fixture::{HARNESS, Reply, Tape, event, origin, person};
use crate::{Bounds, Findings, InvariantId};
use crosswire_history::Exposure::Listed;
use crosswire_history::{Fact, KeyId, Op, Outcome, Subject};

fn tape() -> Tape {
    let mut tape = Tape::new(Bounds {
        freshness_ms: 500,
        revocation_grace_ms: 500,
        recover_within_ms: 0,
        ..Bounds::default()
    });
    tape.at(0).claims(7, 3).grants(9, 3);
    tape.at(900).captures(event(3, 1));
    tape
}

fn story_of(findings: &Findings, invariant: InvariantId) -> String {
    let found = findings.violations.iter().find(|violation| violation.invariant == invariant);
    found.map(|violation| violation.story.join("\n")).unwrap_or_default()
}

#[test]
fn an_entry_outlives_its_invalidation() {
    let mut tape = tape();
    tape.at(2000).issues(20, 7, Op::Revoke, 5000).arrives(20, 7, Op::Revoke, 5000);
    tape.at(2010).revokes(9, 3);
    tape.at(2012).has_forgotten(20, "usr:9:cams", 3);
    tape.at(2015).write(20, Fact::Replied { outcome: Outcome::Ok });
    tape.issues(19, 9, Op::List, 5000).at(2020).sets(19, 4, "usr:9:cams");
    tape.at(3000).issues(21, 9, Op::List, 6000).gets(21, 5, "usr:9:cams");
    let reply = Reply::to(5).written_for("usr:9:cams").as_of(2);
    tape.at(3002).returns_to(21, 5, "usr:9:cams", reply).ends(21, 5);
    insta::assert_snapshot!(story_of(&tape.finish(4000), I5), @r#"
        2.000 user-7 asks gateway-1 to let somebody watch no longer (request-20)
        2.010 the directory commits: user-9 may no longer watch camera-3 in epoch-1 (commit 3)
        2.012 gateway-1 has "usr:9:cams" forgotten (request-20)
        2.015 request-20 is answered: it is done, as of commit 3
        2.020 cache-0 keeps "usr:9:cams", read for user-9 as of commit 2
        2.515 nobody may be told any more what "usr:9:cams" was before commit 3
        3.000 user-9 asks gateway-1 for the list of events (request-21)
        3.000 gateway-1 looks up "usr:9:cams" in the cache for user-9: call-5
        3.002 call-5 returns "usr:9:cams" as it was read as of commit 2
    "#);
}

#[test]
fn an_entry_at_rest_is_not_true() {
    let mut tape = tape();
    tape.at(2000).issues(19, 9, Op::List, 5000).sets(19, 4, "usr:9:cams");
    tape.at(9000);
    tape.on(HARNESS, Fact::AtRest { key: KeyId(0), as_of: 2, untrue_ms: Some(2010) });
    insta::assert_snapshot!(story_of(&tape.finish(9000), I5), @r#"
        2.000 cache-0 keeps "usr:9:cams", read for user-9 as of commit 2
        2.010 the directory commits a change that makes "usr:9:cams" another
        2.510 "usr:9:cams" should be true again by now
        9.000 at rest, the cache still holds "usr:9:cams" as of commit 2
    "#);
}

#[test]
fn a_worker_takes_one_person_for_another() {
    let mut tape = tape();
    tape.at(2000).issues(20, 7, Op::List, 5000).arrives(20, 7, Op::List, 5000);
    tape.at(2001).issues(21, 9, Op::List, 5000).arrives(21, 9, Op::List, 5000);
    tape.at(2003).gets_of(20, 5, 9).ends(20, 5);
    tape.at(2004).consults(20, person(9));
    let findings = tape.finish(2500);
    insta::assert_snapshot!(story_of(&findings, I8), @r#"
        2.000 user-7 asks gateway-1 for the list of events (request-20)
        2.001 user-9 asks gateway-1 for the list of events (request-21)
        2.003 gateway-1 asks the cache for "user:9", which is user-9's, in user-7's request-20 (call-5)
    "#);
    insta::assert_snapshot!(findings.violations[1].story.join("\n"), @r#"
        2.000 user-7 asks gateway-1 for the list of events (request-20)
        2.001 user-9 asks gateway-1 for the list of events (request-21)
        2.004 directory is asked to decide for user-9 in user-7's request-20
    "#);
}

#[test]
fn a_page_that_was_kept_for_one_person_is_given_to_another() {
    let mut tape = tape();
    tape.at(2000).issues(20, 7, Op::List, 5000).arrives(20, 7, Op::List, 5000);
    tape.at(2004).consults(20, person(7));
    tape.at(2300).issues(21, 9, Op::List, 5000).arrives(21, 9, Op::List, 5000);
    tape.at(2301).gives_again(21, 20);
    insta::assert_snapshot!(story_of(&tape.finish(2500), I8), @r#"
        2.000 user-7 asks gateway-1 for the list of events (request-20)
        2.300 user-9 asks gateway-1 for the list of events (request-21)
        2.301 gateway-1 gives user-9's request-21 what it kept of the answer to user-7's request-20
    "#);
}

#[test]
fn the_new_owner_is_shown_the_old_owners_backlog() {
    let mut tape = tape();
    tape.at(2000).claims(8, 3);
    tape.at(2500).issues(22, 8, Op::List, 5000);
    tape.at(2510).shows_in(22, 8, event(3, 1), Some(origin(3, 1, 1)), Listed);
    tape.at(2600).shows_in(23, 9, event(3, 1), Some(origin(3, 1, 1)), Listed);
    let findings = tape.finish(3000);
    let stories: Vec<_> = findings.violations.iter().filter(|v| v.invariant == I6).collect();
    insta::assert_snapshot!(stories[0].story.join("\n"), @r#"
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.000 camera-3 is user-8's in epoch-2
        2.500 user-8 asks gateway-1 for the list of events (request-22)
        2.510 user-8 sees camera-3/1 of epoch-1 in the list
    "#);
    insta::assert_snapshot!(stories[1].story.join("\n"), @r#"
        0.000 user-9 may watch camera-3 in epoch-1
        0.900 camera-3, user-7's in epoch-1, records camera-3/1
        2.000 user-9 may no longer watch camera-3
        2.600 user-9 sees camera-3/1 of epoch-1 in the list
    "#);
}

#[test]
fn an_owner_is_refused_their_own_event() {
    let mut tape = tape();
    tape.at(20_000).asks_about(30, person(7), Op::Video, Subject::Event { event: event(3, 1) });
    tape.at(20_010).settles(30, Op::Video, Outcome::Denied);
    insta::assert_snapshot!(story_of(&tape.finish(21_000), I14), @r#"
        0.000 the service should have recovered by now
        0.000 camera-3 is user-7's in epoch-1
        20.000 user-7 asks gateway-1 for a video (request-30)
        20.010 user-7 is told that it is not allowed, though camera-3/1 is theirs to ask for
    "#);
}

/// A read from before the change fills the client's memory after it.
#[test]
fn a_kept_read_from_before_the_change_is_explained() {
    let mut tape = tape();
    tape.at(2000).issues(20, 7, Op::Revoke, 5000).arrives(20, 7, Op::Revoke, 5000);
    tape.gets(22, 4, "usr:9:cams").at(2010).revokes(9, 3);
    tape.at(2012).has_forgotten(20, "usr:9:cams", 3);
    tape.at(2015).write(20, Fact::Replied { outcome: Outcome::Ok });
    let read = Reply::to(4).written_by(1).written_for("usr:9:cams").as_of(2);
    tape.at(2020).returns_to(22, 4, "usr:9:cams", read).ends(22, 4);
    tape.at(3000).issues(21, 9, Op::List, 6000).gets(21, 5, "usr:9:cams");
    let kept = Reply::default().written_by(1).written_for("usr:9:cams").as_of(2);
    tape.at(3002).returns_to(21, 5, "usr:9:cams", kept).ends(21, 5);
    insta::assert_snapshot!(story_of(&tape.finish(4000), I5), @r#"
    2.000 user-7 asks gateway-1 to let somebody watch no longer (request-20)
    2.000 gateway-1 looks up "usr:9:cams" in the cache: call-4
    2.010 the directory commits: user-9 may no longer watch camera-3 in epoch-1 (commit 3)
    2.012 gateway-1 has "usr:9:cams" forgotten (request-20)
    2.015 request-20 is answered: it is done, as of commit 3
    2.020 call-4 brings the client that value of "usr:9:cams": a read that request-20 has overtaken, and it is kept all the same
    2.515 nobody may be told any more what "usr:9:cams" was before commit 3
    3.000 gateway-1 looks up "usr:9:cams" in the cache for user-9: call-5
    3.000 user-9 asks gateway-1 for the list of events (request-21)
    3.002 no cache has answered call-5 within 0.002 s: its value is out of the client's memory
    3.002 call-5 returns "usr:9:cams" as it was read as of commit 2
    "#);
}
