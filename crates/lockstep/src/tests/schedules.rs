//! Schedules: notation, drawing, enumeration and minimization.

use crate::adapter::Calls;
use crate::draw::draw;
use crate::enumerate::all;
use crate::judge::TraceInvariant;
use crate::minimize::minimize;
use crate::saved_schedule::SavedSchedule;
use crate::schedule::{Act, Schedule, Step};
use crate::situations::Situation;
use crate::words::Vocabulary;
use crosswire_plan::Seed;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::convert::Infallible;

fn schedule(steps: &[&str]) -> Schedule {
    let steps = steps.iter().map(|step| step.parse().expect("a step")).collect();
    Schedule::new(steps).expect("a schedule")
}

proptest! {
    #[test]
    fn a_drawn_schedule_is_valid_and_survives_its_file(seed: u64) {
        let drawn = draw(Seed(seed), &"all".parse().expect("words"));
        // Consequences of a step follow it, at most one for each of sixteen; a transaction has one
        // reply, so steps about the others of its pipeline fall away.
        prop_assert!((1..=32).contains(&drawn.steps().len()));
        prop_assert_eq!(Schedule::new(drawn.steps().to_vec()), Ok(drawn.clone()));
        prop_assert_eq!(&draw(Seed(seed), &"all".parse().expect("words")), &drawn);
        let kept = SavedSchedule {
            broken: vec![TraceInvariant::Correlation],
            found_in: Some("fake 1 (pool)".to_owned()),
            reach: vec![Situation::CancelInFlight],
            schedule: drawn,
        };
        let text = kept.to_text(&["call 1: get a".to_owned()]);
        prop_assert_eq!(SavedSchedule::parse("kept.toml", &text), Ok(kept));
    }

    #[test]
    fn names_of_keys_do_not_matter(seed: u64) {
        let drawn = draw(Seed(seed), &Vocabulary::plain());
        let named = drawn.with_keys_in_order();
        prop_assert_eq!(&named.with_keys_in_order(), &named);
        let other = |step: &Step| step.to_string().replace(" a", " x").replace(" b", " aa");
        let steps = drawn.steps().iter().map(|step| other(step).parse().expect("a step"));
        let other = Schedule::new(steps.collect()).expect("a schedule");
        prop_assert_eq!(other.with_keys_in_order(), named);
    }

    #[test]
    fn steps_that_are_removed_leave_a_valid_schedule(seed: u64, kept: u16) {
        let steps = draw(Seed(seed), &Vocabulary::default()).steps().to_vec();
        let some = steps.into_iter().enumerate();
        let some = some.filter(|(place, _)| kept >> (place % 16) & 1 == 1).map(|(_, step)| step);
        let repaired = Schedule::repaired(some);
        prop_assert!(Schedule::new(repaired.steps().to_vec()).is_ok());
    }
}

#[test]
fn small_schedules_are_enumerated_once_each() {
    let words = Vocabulary::default();
    let found: Vec<_> = all(4, &Vocabulary::plain(), Calls::Many).collect();
    let different: BTreeSet<_> = found.iter().map(|schedule| schedule.steps().to_vec()).collect();
    assert_eq!(different.len(), found.len());
    for schedule in &found {
        assert!(Schedule::new(schedule.steps().to_vec()).is_ok());
    }
    let counts = |words: &Vocabulary, calls, most| -> Vec<_> {
        (1..=most).map(|most| all(most, words, calls).count()).collect()
    };
    let plain = Vocabulary::plain();
    insta::assert_snapshot!(
        "counted_out",
        format!(
            "plain, one: {:?}, many: {:?}\nlawful, one: {:?}, many: {:?}",
            counts(&plain, Calls::One, 4),
            counts(&plain, Calls::Many, 4),
            counts(&words, Calls::One, 3),
            counts(&words, Calls::Many, 3)
        )
    );
    let lost = schedule(&["call 1: get a", "call 2: get b &", "reset 1"]);
    assert!(found.contains(&lost));
    let known = schedule(&["call 1: get a", "cancel 1", "call 2: get b"]);
    assert!(found.contains(&known));
}

#[test]
fn superfluous_steps_are_removed() {
    let whole = schedule(&[
        "call 1: mget a b c",
        "call 2: pipeline set c, get b, set a",
        "reply 1",
        "cut 2",
        "cancel 2 &",
        "call 3: get c",
        "reply 2",
        "error 2",
        "reset 3",
        "call 4: set a",
    ]);
    // A caller gives up, and another call of any kind follows.
    let shows = |tried: &Schedule| {
        let is_cancel = |step: &Step| matches!(step.act, Act::Cancel(_));
        let mut after = tried.steps().iter().skip_while(|step| !is_cancel(step)).skip(1);
        Ok::<_, Infallible>(after.any(|step| matches!(step.act, Act::Call(..))))
    };
    let small = minimize(&whole, shows).expect("no error");
    assert_eq!(small, schedule(&["call 1: get a", "cancel 1", "call 2: get a"]));
}

#[test]
fn one_bug_has_one_schedule_whatever_its_keys_are() {
    // The second call reads a key that the first did not.
    let shows = |tried: &Schedule| {
        let mut calls = tried.requests().into_values().map(ToString::to_string);
        Ok::<_, Infallible>(match (calls.next(), calls.next()) {
            (Some(first), Some(second)) => first != second,
            _ => false,
        })
    };
    for keys in [["a", "b"], ["a", "c"], ["c", "a"], ["b", "c"]] {
        let calls = [format!("call 1: get {}", keys[0]), format!("call 2: get {}", keys[1])];
        let whole = schedule(&[&calls[0], "cancel 1", &calls[1], "reply 2"]);
        let small = minimize(&whole, shows).expect("no error");
        assert_eq!(small, schedule(&["call 1: get a", "call 2: get b"]), "{keys:?}");
    }
}

#[test]
fn a_request_becomes_simpler_although_it_needs_another_key_then() {
    let whole = schedule(&["call 1: mget c a b", "cancel 1", "call 2: get c"]);
    // The second call asks for what the first does not ask for, or for less of it.
    let shows = |tried: &Schedule| {
        let mut calls = tried.requests().into_values().map(ToString::to_string);
        let (first, second) = (calls.next(), calls.next());
        Ok::<_, Infallible>(tried.steps().len() == 3 && second.is_some() && first != second)
    };
    let small = minimize(&whole, shows).expect("no error");
    assert_eq!(small, schedule(&["call 1: get a", "cancel 1", "call 2: get b"]));
}

#[test]
fn a_schedule_that_cannot_be_reduced_is_kept() {
    let whole = draw(Seed(3), &Vocabulary::default());
    let small = minimize(&whole, |tried| Ok::<_, Infallible>(*tried == whole));
    assert_eq!(small.expect("no error"), whole);
}
