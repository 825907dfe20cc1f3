//! Invalid files and adapters, and their errors.

use super::LONG;
use crate::adapter::Adapter;
use crate::saved_schedule::SavedSchedule;
use mio::Poll;
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

#[test]
fn an_invalid_schedule_is_refused_with_the_place() {
    let steps = |steps: &str| format!("version = 1\nsteps = [\n{steps}\n]\n");
    let texts = [
        String::new(),
        "version = ".to_owned(),
        "version = 2\nsteps = []".to_owned(),
        "version = 1\nsteps = []".to_owned(),
        "version = 1\nstep = []".to_owned(),
        "version = 1\nreach = [\"cancel-in-fligth\"]\nsteps = []".to_owned(),
        "version = 1\nbroken = [\"I1\"]\nsteps = []".to_owned(),
        steps("'call 1: get a',\n'cansel 1'"),
        steps("'call 1: gte a'"),
        steps("'call 1 get a'"),
        steps("'call 1: get A'"),
        steps("'call 1: pipeline get a, mget b'"),
        steps("'call 2: get a'"),
        steps("'call 1: get a',\n'cancel 2'"),
        steps("'call 1: get a',\n'cancel 0'"),
        steps("'call 1: get a',\n'cancel 1',\n'cancel 1'"),
        steps("'call 1: get a',\n'reply 1',\n'error 1'"),
        steps("'call 1: get a',\n'cut 1',\n'error 1'"),
        steps("'call 1: mget'"),
    ];
    let errors = texts
        .iter()
        .map(|text| SavedSchedule::parse("bad.toml", text).expect_err(text).to_string());
    insta::assert_snapshot!("no_schedules", errors.collect::<Vec<_>>().join("\n"));
}

/// Returns the error for an adapter with this first line.
fn refused(line: &str) -> String {
    let mut poll = Poll::new().expect("a poll");
    let (output, mut input) = io::pipe().expect("a pipe");
    let text = line.to_owned();
    #[expect(clippy::disallowed_methods, reason = "a pipe holds less than the longest line")]
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let never = AtomicBool::new(false);
    let met =
        Adapter::greeted(Box::new(io::sink()), output.into(), None, &mut poll, (LONG, &never));
    let error = met.err().map_or_else(|| "accepted".to_owned(), |bad| bad.to_string());
    // The pipe is closed by now, so a writer that is too slow fails.
    drop(writer.join());
    error
}

#[test]
fn an_adapter_with_another_greeting_is_refused() {
    let hello = r#"{"crosswire": 1, "library": "x", "version": "1", "client": "y",
        "connections": "exclusive", "calls": "many", "cancel": "never"}"#;
    let hello = hello.replace('\n', " ");
    assert_eq!(refused(&hello), "accepted");
    let lines = [
        String::new(),
        "hello there\n".to_owned(),
        "{}\n".to_owned(),
        hello.replace("\"crosswire\": 1", "\"crosswire\": 2"),
        hello.replace("\"many\"", "\"lots\""),
        hello.replace("\"exclusive\"", "\"sometimes\""),
        hello.replace("\"y\"", "7"),
        hello.replace("\"library\": \"x\", ", ""),
        "x".repeat(1 << 20),
    ];
    let errors: Vec<_> = lines.iter().map(|line| refused(line)).collect();
    insta::assert_snapshot!("no_hellos", errors.join("\n"));
}

#[test]
fn the_wait_for_a_silent_adapter_ends() {
    let mut poll = Poll::new().expect("a poll");
    let (output, _says_nothing) = io::pipe().expect("a pipe");
    let patience = Duration::from_millis(20);
    let never = AtomicBool::new(false);
    let met =
        Adapter::greeted(Box::new(io::sink()), output.into(), None, &mut poll, (patience, &never));
    let error = met.err().map(|bad| bad.to_string()).unwrap_or_default();
    assert!(error.starts_with("the adapter wrote nothing for"), "{error}");
}
