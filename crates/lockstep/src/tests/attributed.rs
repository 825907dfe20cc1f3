//! Commands that a client with one call at a time sends again.

use super::fake::{Pool, session};
use super::{LONG, with};
use crate::schedule::Schedule;
use crate::words::Vocabulary;
use crate::{ScheduleRun, Source, certify};
use crosswire_checker::Verdict;
use std::time::Duration;

/// Returns the story of two calls, of which the first loses its connection.
fn story(pool: Pool, second: &str, patience: Duration) -> Vec<String> {
    let steps = ["call 1: get a", second, "close 1"];
    let steps = steps.iter().map(|step| step.parse().expect("a step")).collect();
    let schedule = Schedule::new(steps).expect("a schedule");
    let mut session = session(pool, patience).expect("a session");
    ScheduleRun::of(&mut session, &schedule).expect("a run").story(&schedule)
}

#[test]
fn a_command_that_is_sent_again_belongs_to_the_call_whose_turn_it_is() {
    for second in ["call 2: get a", "call 2: get b"] {
        // An accusation would come only after patience has run out.
        let story = story(Pool::ResendsAlone, second, Duration::from_secs(5));
        let again = "GET a of call 1 arrives on connection 2 (reply 2 will answer it)";
        assert!(story.iter().any(|line| line == again), "{story:#?}");
        assert!(!story.iter().any(|line| line.starts_with('I')), "{story:#?}");
    }
}

#[test]
fn a_client_that_resends_and_mixes_replies_up_is_caught_with_one_key_too() {
    for (second, told) in [
        ("call 2: get a", "I4: call 2 is handed \"a#3\", the reply to GET a of call 1"),
        ("call 2: get b", "I3: call 2 is handed \"a#3\" as the value of \"b\""),
    ] {
        let story = story(Pool::ResendsTwice, second, LONG);
        assert!(story.iter().any(|line| line == told), "{second}: {story:#?}");
    }
}

#[test]
fn clients_with_one_call_at_a_time_that_resend_are_judged_right() {
    let source = Source::Enumerated(3, Vocabulary::plain());
    for (pool, violated) in [(Pool::ResendsAlone, false), (Pool::ResendsTwice, true)] {
        let page = certify(&mut with(pool), &source, false, |_, _, _| true);
        let page = page.expect("a certificate");
        assert_eq!(page.verdict() == Verdict::Violated, violated, "{}", page.sentence());
    }
}
