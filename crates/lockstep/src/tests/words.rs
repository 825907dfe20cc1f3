//! The words beyond the plain ones: what each does to a library, and what may come of it.

use super::fake::Pool;
use super::with;
use crate::certify::ScheduleRun;
use crate::schedule::{Schedule, Step};
use crate::words::{Vocabulary, Word};

fn played(pool: Pool, steps: &[&str]) -> Vec<String> {
    let steps = steps.iter().map(|step| step.parse::<Step>().expect("a step"));
    let schedule = Schedule::new(steps.collect()).expect("a schedule");
    let run = ScheduleRun::of(&mut with(pool), &schedule).expect("a run");
    run.story(&schedule)
}

#[test]
fn each_form_of_a_reply_is_a_reply_to_its_own_call() {
    let story = played(
        Pool::Correct,
        &[
            "call 1: get a",
            "reply 1 nil",
            "call 2: get a",
            "reply 2 empty",
            "call 3: get a",
            "reply 3 nested",
            "call 4: get a",
            "reply 4 other-type",
            "call 5: mget a b",
            "reply 5 nil",
            "call 6: set a",
            "error 6 readonly",
        ],
    );
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn no_value_for_another_call_is_a_violation() {
    let story = played(
        Pool::ReusesPending,
        &["call 1: get a", "cancel 1", "call 2: get b", "reply 1 nil", "reply 2"],
    );
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn a_cut_is_where_the_schedule_says() {
    let story = played(
        Pool::Correct,
        &["call 1: get a", "cut 1 after 1", "reply 1", "call 2: get b", "cut 2 before 1"],
    );
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn an_idle_connection_is_lost() {
    let story = played(
        Pool::Correct,
        &["call 1: get a", "close idle 1", "reply 1", "close idle 1", "call 2: get b"],
    );
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn a_server_that_does_not_read_is_not_a_library_that_hangs() {
    let story = played(
        Pool::Correct,
        &["call 1: get a", "reply 1", "stall 1", "call 2: get b", "reply 2", "resume 1"],
    );
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn a_reply_that_nobody_asked_for_reaches_the_next_call() {
    let story = played(Pool::Correct, &["call 1: get a", "reply 1", "extra 1", "call 2: get a"]);
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn a_number_says_which_command_it_answers() {
    let steps = ["call 1: incr a", "cancel 1", "call 2: incr a", "reply 2"];
    insta::assert_snapshot!(played(Pool::ReusesPending, &steps).join("\n"));
}

#[test]
fn what_was_sent_before_an_encoding_failed_is_owed_replies() {
    let steps = ["call 1: pipeline get a, set b unencodable", "call 2: get c"];
    insta::assert_snapshot!("sent_before", played(Pool::EncodesAsItSends, &steps).join("\n"));
    insta::assert_snapshot!("sent_nothing", played(Pool::Correct, &steps).join("\n"));
}

#[test]
fn a_vocabulary_is_named_by_its_words() {
    let all: Vocabulary = "all".parse().expect("words");
    assert_eq!(all.to_string().parse(), Ok(all.clone()));
    assert!(all.has(Word::Extra) && !Vocabulary::default().has(Word::Extra));
    assert_eq!("plain".parse(), Ok(Vocabulary::plain()));
    insta::assert_snapshot!("nil,extr".parse::<Vocabulary>().unwrap_err(), @"unknown word `extr`; did you mean `extra`? known: plain, lawful, all, mget, pipeline, nil, empty, nested, other-type, typed-error, cut-anywhere, idle-loss, stall, incr, unencodable, transaction, land, invalidate, extra");
}
