//! Adapters that stop answering, fail or end in the middle of a schedule.

use super::fake::{Pool, session};
use super::{conforms, made, page_of, with};
use crate::certify::NotJudged;
use crate::schedule::Schedule;
use crate::words::Vocabulary;
use crate::{SavedSchedule, ScheduleRun, Source, certify, machine};
use crosswire_checker::Verdict;
use crosswire_plan::Seed;
use std::time::Duration;

/// A patience that is waited for.
const SHORT: Duration = Duration::from_millis(300);

fn saved(steps: &[&str]) -> SavedSchedule {
    let steps = steps.iter().map(|step| step.parse().expect("a step")).collect();
    let schedule = Schedule::new(steps).expect("a schedule");
    SavedSchedule { schedule, ..SavedSchedule::default() }
}

/// Runs a schedule with a pool, checks the end of its story and that the session goes on, and
/// returns the result in words.
#[track_caller]
fn runs(pool: Pool, steps: &[&str], end: &str) -> String {
    let mut session = session(pool, SHORT).expect("a session");
    let calm = saved(&["call 1: get a", "reply 1"]);
    let run = ScheduleRun::of(&mut session, &calm.schedule).expect("a run");
    assert_eq!(run.not_judged(), None);
    let saved = saved(steps);
    let run = ScheduleRun::of(&mut session, &saved.schedule).expect("a run");
    let story = run.story(&saved.schedule);
    assert_eq!(story.last().map(String::as_str), Some(end), "{story:#?}");
    let again = ScheduleRun::of(&mut session, &calm.schedule).expect("a run");
    assert_eq!(calm.compared(&again).verdict, Verdict::Clean);
    saved.compared(&run).words
}

#[test]
fn a_barrier_without_an_answer_is_nobodys_violation() {
    let end = "not judged any further: the adapter did not answer `barrier` after `reset 1`";
    let why = "inconclusive: nothing violated, but not judged to the end: the adapter did not \
               answer `barrier` after `reset 1`";
    // With a call under way, and without one.
    let words = runs(Pool::FallsSilent, &["call 1: get a", "call 2: get b", "reset 1"], end);
    assert_eq!(words, why);
    let words = runs(Pool::FallsSilent, &["call 1: get a", "reset 1"], end);
    assert_eq!(words, why);
}

#[test]
fn what_the_trace_shows_stands_when_the_adapter_falls_silent_or_ends() {
    let steps =
        ["call 1: get a", "cancel 1", "call 2: get b", "reply 2", "call 3: get c", "reset 3"];
    let end = "not judged any further: the adapter did not answer `barrier` after `reset 3`";
    assert_eq!(runs(Pool::FallsSilent, &steps, end), "violated: I3, I4, I7");
    let end = "not judged any further: the adapter ended after `reset 3`";
    assert_eq!(runs(Pool::Crashes, &steps, end), "violated: I3, I4, I7");
}

#[test]
fn a_certificate_counts_what_was_not_judged_and_keeps_what_was_found() {
    let source = Source::Seeds(Seed(0), 60, Vocabulary::default());
    let page = certify(&mut with(Pool::Crashes), &source, false, |_, _, _| true);
    let page = page.expect("a certificate");
    assert_eq!((page.verdict(), page.schedules), (Verdict::Violated, 60));
    let some = page.not_judged.clone().expect("some ended early");
    assert!((5..60).contains(&some.schedules), "{some:?}");
    assert!(some.why.starts_with("the adapter ended after `"), "{some:?}");
    let text = page_of(&page);
    let words = format!("Not judged to the end: {} schedules, first seed ", some.schedules);
    assert!(text.contains(&words), "{text}");
    assert!(page.sentence().contains(" were not judged to the end"), "{}", page.sentence());
    assert_eq!(page.findings[0].broken[0].id().as_str(), "I3");
    conforms(&machine::Certificate::of(&page, &made()));
}

#[test]
fn a_library_whose_schedules_end_early_is_never_clean() {
    let source = Source::Seeds(Seed(0), 150, Vocabulary::default());
    let mut page =
        certify(&mut with(Pool::Correct), &source, false, |_, _, _| true).expect("a certificate");
    assert_eq!(page.verdict(), Verdict::Clean);
    let why = "the adapter did not answer `barrier` after `reset 1`".to_owned();
    let last_words = vec!["Segmentation fault".to_owned()];
    page.not_judged = Some(NotJudged { schedules: 2, first: 7, why, last_words });
    assert_eq!(page.verdict(), Verdict::Inconclusive);
    insta::assert_snapshot!(page_of(&page).lines().take(14).collect::<Vec<_>>().join("\n"));
}
