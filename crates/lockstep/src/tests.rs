//! Schedules with a fake library behind them, and without any.

mod bad;
mod fake;
mod judged;
mod schedules;

use super::{Certificate, Play, Session, Source, certify, machine};
use crosswire_checker::Verdict;
use crosswire_output::conforms::problems;
use crosswire_output::machine::{Object, page, schema};
use crosswire_plan::Seed;
use fake::{Pool, session};
use schemars::JsonSchema;
use std::time::Duration;

/// Nothing that goes well waits for it.
const LONG: Duration = Duration::from_mins(1);

fn with(pool: Pool) -> Session {
    session(pool, LONG).expect("a session")
}

fn certified(pool: Pool, seeds: u64) -> Certificate {
    let source = Source::Seeds(Seed(0), seeds);
    certify(&mut with(pool), &source, false, |_, _, _| true).expect("a certificate")
}

#[test]
fn a_right_pool_holds_and_comes_into_everything() {
    let certificate = certified(Pool::Right, 150);
    assert_eq!(certificate.verdict(), Verdict::Clean, "{}", certificate.to_markdown());
    assert!(certificate.invariants.values().all(|count| count.tested > 50), "{certificate:?}");
}

#[test]
fn a_pool_that_keeps_a_connection_with_a_reply_to_come_is_caught() {
    let certificate = certified(Pool::KeepsIt, 40);
    assert_eq!(certificate.verdict(), Verdict::Violated);
    let gravest = &certificate.findings[0];
    assert!(gravest.kept.schedule.steps().len() <= 4, "{:?}", gravest.kept.schedule);
    assert_eq!(gravest.again, Some(certify::AGAIN));
    // What is kept shows it again, and another pool holds for it.
    let play = Play::of(&mut with(Pool::KeepsIt), &gravest.kept.schedule).expect("a play");
    let told = gravest.kept.compared(&play);
    assert_eq!(told, (Verdict::Violated, "reproduces: I3, I4, I7 broken".to_owned()));
    let play = Play::of(&mut with(Pool::Right), &gravest.kept.schedule).expect("a play");
    let (verdict, told) = gravest.kept.compared(&play);
    assert_eq!(verdict, Verdict::Clean);
    assert!(told.starts_with("fixed: nothing broken, and it reached cancel-in-flight"), "{told}");
}

#[test]
fn a_call_that_never_ends_is_told() {
    let kept = super::Kept::parse(
        "sulk.toml",
        "version = 1\nsteps = [\"call 1: pipeline get a, get b\", \"error 1\"]",
    );
    let schedule = kept.expect("a schedule").schedule;
    // The patience that is for it alone to lose.
    let mut session = session(Pool::Sulks, Duration::from_secs(1)).expect("a session");
    let play = Play::of(&mut session, &schedule).expect("a play");
    insta::assert_snapshot!("a_call_that_never_ends", play.story(&schedule).join("\n"));
    // It was started again, and goes on.
    let calm = "call 1: get a".parse().expect("a step");
    let calm = super::Schedule::new(vec![calm]).expect("a schedule");
    assert!(Play::of(&mut session, &calm).expect("a play").judgement.breaches.is_empty());
}

#[test]
fn the_certificate_is_a_page() {
    for (pool, name) in [(Pool::KeepsIt, "of_a_wrong_pool"), (Pool::Right, "of_a_right_pool")] {
        let page = certify(&mut with(pool), &Source::Enumerated(3), false, |_, _, _| true);
        insta::assert_snapshot!(name, page.expect("a certificate").to_markdown());
    }
}

/// Checks an object against the schema of its type.
fn conforms<T: Object + JsonSchema>(object: &T) {
    let page = serde_json::from_str(&page(object).expect("JSON")).expect("JSON");
    assert_eq!(problems(&schema::<T>(), &page), Vec::<String>::new());
}

#[test]
fn what_is_printed_for_machines_is_as_its_schema_says() {
    let mut session = with(Pool::KeepsIt);
    let source = Source::Seeds(Seed(0), 40);
    let page = certify(&mut session, &source, false, |_, _, _| true).expect("a certificate");
    conforms(&machine::Certificate::of(&page));
    let kept = &page.findings[0].kept;
    let play = Play::of(&mut session, &kept.schedule).expect("a play");
    let adapter = session.hello();
    let schedules = vec![machine::Replayed::of("kept.toml", kept, &play)];
    conforms(&machine::Replays { adapter, schedules });
}

#[test]
fn a_seed_is_played_alike_each_time() {
    let source = Source::Seeds(Seed(0), 60);
    for pool in [Pool::Right, Pool::KeepsIt] {
        // Each schedule again at once, and all of them again with another adapter.
        let played = || certify(&mut with(pool), &source, true, |_, _, _| true);
        let (first, second) = (played().expect("no trouble"), played().expect("no trouble"));
        assert_eq!(first.digest, second.digest);
        assert_ne!(first.digest, certified(pool, 59).digest);
    }
}

#[test]
fn a_client_that_came_into_nothing_has_shown_nothing() {
    let certificate = certified(Pool::Right, 1);
    assert_eq!(certificate.verdict(), Verdict::Inconclusive);
    assert!(certificate.sentence().starts_with("inconclusive: nothing broke in 1 schedule, but"));
}
