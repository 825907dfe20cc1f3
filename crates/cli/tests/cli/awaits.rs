//! `crosswire run --cancel-at K` and `--cancel-at-every-await`.

use crate::support::{Place, TINY, crosswire, refused};
use serde_json::Value;

const PAIR: [&str; 4] = ["run", "pair", "--seed", "7"];

fn pair(more: &[&str]) -> crate::support::Ran {
    crosswire(&[&PAIR, more].concat())
}

fn json(more: &[&str]) -> (i32, Value) {
    let ran = pair(&[more, &["--json"]].concat());
    (ran.status, serde_json::from_str(&ran.out).expect("one object on standard output"))
}

#[test]
fn a_run_that_ends_before_the_cancellation_is_inconclusive() {
    let late = pair(&["--cancel-at", "99999"]);
    assert_eq!(late.status, 3, "{}", late.out);
    let flat = late.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let verdict = "inconclusive: nothing was violated, but nothing was cancelled: the run has only 23 \
                   awaits, not 99,999";
    assert!(flat.contains(verdict), "{}", late.out);
    assert_eq!(pair(&["--cancel-at", "23"]).status, 0);
    assert_eq!(pair(&["--cancel-at", "24"]).status, 3);
}

#[test]
fn json_contains_the_await_of_the_cancellation() {
    let (status, run) = json(&["--cancel-at", "3"]);
    assert_eq!((status, &run["cancel_at"]), (0, &3.into()));
    assert!(run["suspensions"].as_u64() >= Some(3), "{run}");
    let whole = json(&[]).1;
    assert!(whole.get("cancel_at").is_none() && whole.get("suspensions").is_none());
}

#[test]
fn the_last_line_replays_the_run() {
    let args = ["--client", "pooled-cancel-desync", "--defence", "leases+versioned-entries"];
    let run = pair(&[&args[..], &["--cancel-at", "3"]].concat());
    let last = run.out.lines().last().expect("a command").trim();
    assert!(last.ends_with(" --cancel-at 3"), "{last}");
    let words: Vec<_> = last.split(' ').skip(1).collect();
    let again = crosswire(&words);
    assert_eq!(run.status, again.status);
    assert!(run.out == again.out, "{}", again.out);
}

#[test]
fn a_saved_run_is_cancelled_again() {
    let place = Place::new();
    let file = place.name("late.toml");
    assert_eq!(pair(&["--cancel-at", "99999", "--save", &file]).status, 3);
    let again = crosswire(&["replay", &file]);
    assert_eq!(again.status, 0, "inconclusive, as expected: {}", again.out);
    assert!(again.out.contains("\nreproduces: "), "{}", again.out);
}

#[test]
fn every_await_has_a_summary() {
    let one = ["--cancel-at-every-await", "--jobs", "1"];
    let correct = pair(&one);
    assert_eq!(correct.status, 0, "{}", correct.err);
    assert!(correct.err.starts_with("23 runs follow\n"), "{}", correct.err);
    let verdict = "clean: 23 awaits of pooled's calls, each cancelled in a run of its own: 0 \
                   violated, 0 inconclusive, 23 clean";
    let flat = correct.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.ends_with(verdict), "{}", correct.out);

    let faulty = [&one[..], &["--client", "pooled-cancel-desync"]].concat();
    let (status, found) = json(&faulty);
    assert_eq!((status, &found["verdict"]), (1, &"violated".into()));
    assert_eq!(found["first"]["cancel_at"], found["violated"][0]);
    assert_eq!(found["first"]["run"]["cancel_at"], found["violated"][0]);
    let more = json(&["--cancel-at-every-await", "--client", "pooled-cancel-desync"]).1;
    assert_eq!(found["violated"], more["violated"]);
}

#[test]
fn every_await_of_a_run_that_reaches_nothing_is_inconclusive() {
    let place = Place::new();
    let small = TINY.replace("event_every_ms = 2_000", "event_every_ms = 9_000");
    let file = place.file("tiny.toml", format!("{small}\n[reach]\ngateway-lost = 1\n"));
    let run = crosswire(&["run", &file, "--seed", "1", "--cancel-at-every-await"]);
    assert_eq!(run.status, 3, "{}", run.out);
    assert!(run.out.contains("; without a cancellation: inconclusive"), "{}", run.out);
}

#[test]
fn a_storm_is_too_large_for_every_await() {
    let args = ["run", "reconnect-storm", "--seed", "1", "--cancel-at-every-await"];
    refused(
        &args,
        &["reconnect-storm is too large", "at most 5,000", "such as the built-in `pair`"],
    );
}
