//! Schedules with and without a fake library behind them.

mod attributed;
mod bad;
mod certificates;
mod dialects;
mod fake;
mod judged;
mod proxies;
mod schedules;
mod trials;
mod unjudged;
mod words;

use super::saved_schedule::Comparison;
use super::{
    LibraryCertificate, Made, ScheduleRun, Session, Source, Vocabulary, certify, certify_with,
    draw, machine,
};
use crosswire_checker::Verdict;
use crosswire_output::conforms::problems;
use crosswire_output::machine::{Object, page, schema};
use crosswire_plan::Seed;
use fake::{Pool, session};
use schemars::JsonSchema;
use std::time::Duration;

/// A patience that no test waits for.
const LONG: Duration = Duration::from_mins(1);

fn with(pool: Pool) -> Session {
    session(pool, LONG).expect("a session")
}

fn certified(pool: Pool, seeds: u64) -> LibraryCertificate {
    let source = Source::Seeds(Seed(0), seeds, Vocabulary::default());
    certify(&mut with(pool), &source, false, |_, _, _| true).expect("a certificate")
}

#[test]
fn a_correct_pool_holds_and_reaches_every_situation() {
    let certificate = certified(Pool::Correct, 400);
    assert_eq!(certificate.verdict(), Verdict::Clean, "{}", page_of(&certificate));
    let mut apply = certificate.invariants.clone();
    apply.retain(|invariant, _| invariant.not_applicable(&certificate.hello).is_none());
    assert!(apply.values().all(|count| count.tested > 50), "{certificate:?}");
}

#[test]
fn a_pool_that_reuses_a_connection_with_a_pending_reply_is_caught() {
    let certificate = certified(Pool::ReusesPending, 40);
    assert_eq!(certificate.verdict(), Verdict::Violated);
    let gravest = &certificate.findings[0];
    assert!(gravest.saved.schedule.steps().len() <= 4, "{:?}", gravest.saved.schedule);
    assert_eq!(gravest.again, Some(certify::AGAIN));
    // The minimized schedule reproduces it, and a correct pool holds under it.
    let run =
        ScheduleRun::of(&mut with(Pool::ReusesPending), &gravest.saved.schedule).expect("a run");
    let replayed = gravest.saved.compared(&run);
    assert_eq!(replayed.verdict, Verdict::Violated);
    assert_eq!(replayed.words, "reproduces: I3, I4, I7 violated");
    let run = ScheduleRun::of(&mut with(Pool::Correct), &gravest.saved.schedule).expect("a run");
    let Comparison { verdict, words } = gravest.saved.compared(&run);
    assert_eq!(verdict, Verdict::Clean);
    assert!(words.starts_with("fixed: nothing violated; reached cancel-in-flight"), "{words}");
}

#[test]
fn a_finding_names_the_steps_of_the_schedule_that_found_it_first() {
    // Several schedules of these seeds are minimized to the same one, and the graver is not always
    // the first.
    let source = Source::Seeds(Seed(60), 60, Vocabulary::default());
    let page = certify(&mut with(Pool::ReusesPending), &source, false, |_, _, _| true);
    let page = page.expect("a certificate");
    assert!(!page.findings.is_empty());
    let text = page_of(&page);
    for finding in &page.findings {
        let seed = 60 + finding.first - 1;
        let words = page.hello.limit(&Vocabulary::default());
        let steps = draw::draw(Seed(seed), &words).steps().len();
        assert_eq!(finding.steps_before, steps, "seed {seed}");
        let first = format!("First found by seed {seed}: {steps} steps, ");
        assert!(text.contains(&first), "{first:?} is not in {text}");
    }
}

#[test]
fn a_call_that_never_ends_is_reported() {
    let kept = super::SavedSchedule::parse(
        "hang.toml",
        "version = 1\nsteps = [\"call 1: pipeline get a, get b\", \"error 1\"]",
    );
    let schedule = kept.expect("a schedule").schedule;
    // A short patience, because this test waits for its end.
    let mut session = session(Pool::NeverAnswers, Duration::from_secs(1)).expect("a session");
    let run = ScheduleRun::of(&mut session, &schedule).expect("a run");
    insta::assert_snapshot!("a_call_that_never_ends", run.story(&schedule).join("\n"));
    // The adapter was restarted, and the session goes on.
    let calm = "call 1: get a".parse().expect("a step");
    let calm = super::Schedule::new(vec![calm]).expect("a schedule");
    assert!(ScheduleRun::of(&mut session, &calm).expect("a run").judgement.breaches.is_empty());
}

/// The versions and the command of a certificate that is the same on every machine.
fn made() -> Made {
    let command = "crosswire certify --adapter fake --enumerate 3".to_owned();
    Made { crosswire: "0.1.0".to_owned(), system: "Linux 6.8.0 x86_64".to_owned(), command }
}

fn page_of(certificate: &LibraryCertificate) -> String {
    certificate.to_markdown(&made())
}

#[test]
fn the_certificate_is_a_page() {
    for (pool, name) in [(Pool::ReusesPending, "faulty_pool"), (Pool::Correct, "correct_pool")] {
        let page = certify(
            &mut with(pool),
            &Source::Enumerated(3, Vocabulary::default()),
            false,
            |_, _, _| true,
        );
        insta::assert_snapshot!(name, page_of(&page.expect("a certificate")));
    }
}

/// Checks an object against the schema of its type.
fn conforms<T: Object + JsonSchema>(object: &T) {
    let page = serde_json::from_str(&page(object).expect("JSON")).expect("JSON");
    assert_eq!(problems(&schema::<T>(), &page), Vec::<String>::new());
}

#[test]
fn the_json_conforms_to_its_schema() {
    let mut session = with(Pool::ReusesPending);
    let source = Source::Seeds(Seed(0), 40, Vocabulary::default());
    let page = certify(&mut session, &source, false, |_, _, _| true).expect("a certificate");
    conforms(&machine::Certificate::of(&page, &made()));
    let kept = &page.findings[0].saved;
    let run = ScheduleRun::of(&mut session, &kept.schedule).expect("a run");
    let adapter = session.hello();
    let schedules = vec![machine::Replayed::of("kept.toml", kept, &run)];
    conforms(&machine::Replays { adapter, schedules });
}

#[test]
fn a_seed_runs_alike_each_time() {
    let source = Source::Seeds(Seed(0), 60, Vocabulary::default());
    for pool in [Pool::Correct, Pool::ReusesPending] {
        // Each schedule twice in a row, and all of them again with another adapter.
        let played = || certify(&mut with(pool), &source, true, |_, _, _| true);
        let (first, second) = (played().expect("no error"), played().expect("no error"));
        assert_eq!(first.digest, second.digest);
        assert_ne!(first.digest, certified(pool, 59).digest);
    }
}

#[test]
fn several_sessions_make_the_certificate_of_one() {
    for pool in [Pool::Correct, Pool::ReusesPending, Pool::Crashes] {
        let page = |sessions: usize, all: u64| {
            let mut sessions: Vec<_> = (0..sessions).map(|_| with(pool)).collect();
            let source = Source::Seeds(Seed(0), 60, Vocabulary::default());
            let page = certify_with(&mut sessions, &source, false, |done, _, _| done < all);
            let page = page.expect("a certificate");
            page_of(&page)
                + &serde_json::to_string(&machine::Certificate::of(&page, &made())).expect("JSON")
        };
        assert_eq!(page(1, 60), page(3, 60), "{pool:?}");
        assert_eq!(page(1, 17), page(3, 17), "{pool:?}");
    }
}

#[test]
fn a_client_that_reached_no_situation_is_inconclusive() {
    let certificate = certified(Pool::Correct, 1);
    assert_eq!(certificate.verdict(), Verdict::Inconclusive);
    let (sentence, page) = (certificate.sentence(), page_of(&certificate));
    assert!(page.contains("\nRan in lockstep: 1 schedule of seed 0; "), "{page}");
    assert!(sentence.starts_with("inconclusive: 1 schedule violated nothing, but"), "{sentence}");
}
