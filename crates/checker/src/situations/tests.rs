//! Each situation is counted when it occurs, and not when it nearly occurs.

use crate::Bounds;
use crate::fixture::{CACHE, GATEWAY, HARNESS, Tape, event};
use crosswire_history::{CacheOp, Exposure, Fact, FaultPhase, Op, Outcome};

fn tape() -> Tape {
    Tape::new(Bounds {
        cameras: 20,
        first_fault_ms: 1000,
        faults_end_ms: 9000,
        ..Bounds::default()
    })
}

fn storms(tape: &mut Tape) -> &mut Tape {
    tape.at(1000).on(HARNESS, Fact::Fault { index: 0, phase: FaultPhase::Began })
}

fn reached(tape: &mut Tape, name: &str) -> u64 {
    tape.finish(60_000).reached[name]
}

#[test]
fn two_people_on_one_connection() {
    let mut tape = tape();
    tape.at(10).issues(1, 3, Op::List, 5000).issues(2, 4, Op::List, 5000);
    tape.executes(1, 7, 1, "a")
        .executes(1, 7, 1, "b")
        .executes(2, 7, 2, "c")
        .executes(1, 8, 1, "a");
    assert_eq!(reached(&mut tape, "two-users-one-connection"), 1);
}

#[test]
fn a_fill_that_crosses_an_invalidation() {
    let mut tape = tape();
    tape.at(10).issues(1, 3, Op::List, 5000);
    tape.at(20).issues(2, 4, Op::Revoke, 5000).invalidates(2, "k").sets(2, 7, "k");
    tape.at(30).sets(1, 7, "k").sets(1, 7, "other");
    tape.issues(3, 5, Op::List, 5000).sets(3, 7, "k");
    assert_eq!(reached(&mut tape, "fill-across-invalidation"), 1);
}

#[test]
fn a_fill_is_known_by_the_key_that_the_service_asked_for() {
    let mut tape = tape();
    tape.at(10).issues(1, 3, Op::List, 5000);
    tape.at(20).issues(2, 4, Op::Revoke, 5000).invalidates(2, "usr:4:cams");
    tape.at(30).calls(1, 9, CacheOp::Set, "usr:4:cams", 1);
    tape.executes_op(1, 7, 9, "3fa2", CacheOp::Set, true);
    assert_eq!(reached(&mut tape, "fill-across-invalidation"), 1);
}

#[test]
fn a_storm_is_a_tenth_of_the_cameras_within_five_seconds() {
    let mut tape = tape();
    tape.at(100).connects(1).connects(2);
    storms(&mut tape);
    tape.at(2000).connects(3);
    tape.at(7001).connects(4);
    tape.at(12_001).connects(5);
    assert_eq!(reached(&mut tape, "reconnect-storm"), 1);
}

#[test]
fn a_backlog_drains_if_it_dates_from_before_the_end_of_the_faults() {
    let mut tape = tape();
    storms(&mut tape);
    tape.at(2000).captures(event(1, 1)).captures(event(1, 2));
    tape.at(3999).stores(event(1, 1)).acks(event(1, 1));
    tape.at(9100).captures(event(1, 3));
    tape.at(9200).stores(event(1, 2)).acks(event(1, 2)).acks(event(1, 2));
    tape.at(20_000).stores(event(1, 3)).acks(event(1, 3));
    assert_eq!(reached(&mut tape, "backlog-drained"), 1);
}

#[test]
fn some_count_only_while_faults_last() {
    let mut tape = tape();
    tape.at(10).claims(1, 1).executes_op(1, 7, 1, "a", CacheOp::Get, false);
    storms(&mut tape);
    tape.at(2000).claims(2, 1).executes_op(1, 7, 1, "a", CacheOp::Get, false);
    tape.at(9001).claims(3, 1).executes_op(1, 7, 1, "a", CacheOp::Mget, false);
    assert_eq!(reached(&mut tape, "change-during-fault"), 1);
    assert_eq!(reached(&mut tape, "cold-miss"), 1);
}

#[test]
fn losses_deliveries_and_denials_are_counted_by_kind() {
    let mut tape = tape();
    tape.at(10).on(GATEWAY, Fact::Down).on(CACHE, Fact::Down).on(HARNESS, Fact::Down);
    tape.at(6000).delivers(1, event(1, 1), Exposure::Video).settles(1, Op::Video, Outcome::Denied);
    let reached = tape.finish(60_000).reached;
    for name in ["gateway-lost", "cache-lost", "video-delivered", "denied"] {
        assert_eq!(reached[name], 1, "{name}");
    }
    assert_eq!(reached["late-delivery"], 0);
    assert_eq!(reached.len(), super::situations().len());
}

#[test]
fn a_cancellation_counts_only_with_a_reply_in_flight() {
    let mut tape = tape();
    tape.at(10).gets(1, 5, "a").cancels(1, 5, 7, 0).gets(2, 6, "a").cancels(2, 6, 7, 1);
    tape.at(11).reuses(3, 8, 7, 6);
    let reached = tape.finish(60_000).reached;
    assert_eq!((reached["cancel-in-flight"], reached["reused-unread"]), (1, 1));
}

#[test]
fn unanswered_requests_count_by_kind_and_refused_ones_do_not() {
    let mut tape = tape();
    tape.at(10).settles(1, Op::Transfer, Outcome::GaveUp).settles(2, Op::Upload, Outcome::Reset);
    tape.settles(3, Op::Share, Outcome::Refused).settles(4, Op::List, Outcome::TimedOut);
    let reached = tape.finish(60_000).reached;
    assert_eq!((reached["change-unanswered"], reached["upload-unanswered"]), (1, 1));
}

#[test]
fn guests_who_are_revoked_soon_or_by_a_transfer() {
    let mut tape = tape();
    tape.at(10).claims(1, 17).grants(3, 17);
    storms(&mut tape);
    tape.at(2000).revokes(3, 17).grants(4, 17);
    tape.at(8000).revokes(4, 17).grants(5, 17);
    tape.at(8999).revokes(5, 17).claims(2, 17);
    tape.at(9999).claims(3, 17);
    let reached = tape.finish(60_000).reached;
    assert_eq!((reached["soon-revoked"], reached["guest-at-transfer"]), (2, 1));
}

#[test]
fn a_push_is_late_five_seconds_after_its_capture() {
    let mut tape = tape();
    // The fixture's bytes were captured at 900.
    tape.at(5899).delivers(1, event(1, 1), Exposure::Pushed);
    tape.at(5900).delivers(1, event(1, 1), Exposure::Pushed);
    tape.delivers(1, event(1, 1), Exposure::Listed);
    let reached = tape.finish(60_000).reached;
    assert_eq!((reached["push-delivered"], reached["late-delivery"]), (2, 1));
}
