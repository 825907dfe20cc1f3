//! An interrupted command prints its progress and is never clean.

use crate::support::{Place, Ran, TINY, begun, command, crosswire, ran, scenario, signal, until};
use crosswire::catalog;
use crosswire::minimize::{Minimize, Shows};
use crosswire_plan::{Seed, draw};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

/// An adapter, in a shell, that prints hello and then nothing.
const SILENT: &str = "sh -c 'echo \"{\\\"crosswire\\\": 1, \\\"library\\\": \\\"l\\\", \
    \\\"version\\\": \\\"1\\\", \\\"client\\\": \\\"c\\\", \\\"connections\\\": \\\"shared\\\", \
    \\\"calls\\\": \\\"many\\\", \\\"cancel\\\": \\\"never\\\"}\"; cat >/dev/null'";

/// Returns a directory of runs that take a while together, and one of them, which is violated.
fn kept(place: &Place) -> (String, String) {
    let violated = place.name("violated.toml");
    let line = "notification-mix-up:0:pooled-cancel-desync:none";
    assert_eq!(crosswire(&["replay", line, "--save", &violated]).status, 1);
    let dir = place.path("kept");
    std::fs::create_dir(&dir).expect("a directory");
    for nth in 0..200 {
        std::fs::copy(&violated, dir.join(format!("{nth:03}.toml"))).expect("a file");
    }
    (dir.display().to_string(), violated)
}

/// Ends a command as `timeout` does, with two signals: to the process and to its group.
fn interrupted(args: &[&str]) -> Ran {
    let child = begun(args);
    signal(child.id(), "TERM");
    signal(child.id(), "TERM");
    ran(child)
}

#[test]
fn every_interrupted_command_prints_its_progress() {
    let place = Place::new();
    let (file, out, small) =
        (place.file("tiny.toml", TINY), place.name("out"), place.name("s.toml"));
    let (dir, violated) = kept(&place);
    let commands: [&[&str]; 9] = [
        &["hunt", &file, "--seeds", "1000000", "--no-minimize", "--out", &out],
        &["hunt", &file, "--for", "1h", "--out", &place.name("out-for")],
        &["hunt", &file, "--guided", "--seeds", "1000000", "--out", &place.name("out-guided")],
        &["certify", "pooled", "--seeds", "100000"],
        &["certify", "--adapter", SILENT, "--patience", "250"],
        &["matrix", "--mechanism", "1", "--defence", "none", "--seeds", "100000"],
        &["run", "pair", "--seed", "7", "--cancel-at-every-await"],
        &["replay", &dir],
        &["minimize", &violated, "--save", &small, "--budget", "1h"],
    ];
    for args in commands {
        let Ran { status, out, err } = interrupted(args);
        assert_eq!(status, 3, "{args:?}:\n{out}\n{err}");
        let result = format!("{out}\n{err}");
        let words = result.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("interrupted after "), "{args:?}:\n{result}");
        assert!(!words.contains("clean:") && !words.contains("Held for"), "{args:?}:\n{result}");
    }
    assert!(place.path("s.toml").exists(), "the smallest case so far is written");
    let junit = place.name("report.xml");
    let args = ["hunt", &file, "--seeds", "1000000", "--no-minimize", "--resume", "--out", &out];
    let Ran { status, out, err } =
        interrupted(&[&args[..], &["--junit", &junit, "--json"]].concat());
    assert_eq!(status, 3, "{out}\n{err}");
    let summary: serde_json::Value =
        serde_json::from_str(out.lines().last().expect("a summary")).expect("JSON");
    assert_eq!(summary["verdict"], "inconclusive", "{out}");
    assert_eq!(summary["complete"], false);
    let report = std::fs::read_to_string(junit).expect("a report");
    assert!(report.contains("errors=\"1\"") && report.contains("interrupted after"), "{report}");
}

#[test]
fn a_silent_adapter_does_not_delay_an_interruption() {
    let Ran { status, out, err } = interrupted(&["certify", "--adapter", "sleep 777"]);
    assert_eq!((status, &out[..]), (3, ""), "{err}");
    assert!(err.contains("interrupted after 0 schedules: the adapter had not said hello"), "{err}");
    let mut child = begun(&["certify", "--adapter", SILENT, "--patience", "250", "--seeds", "9"]);
    let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("a line");
    assert_eq!(line, "9 schedules follow\n");
    signal(child.id(), "TERM");
    let Ran { status, out, .. } = ran(child);
    let words = "inconclusive: interrupted after 0 of 9 schedules; nothing is violated so far";
    assert!(status == 3 && out.contains(words), "{status}:\n{out}");
}

#[test]
fn an_interrupted_hunt_resumes_and_ends_clean() {
    let place = Place::new();
    let (file, out) = (place.file("tiny.toml", TINY), place.name("out"));
    let args = ["hunt", &file, "--seeds", "400", "--no-minimize", "--out", &out];
    let first = interrupted(&args);
    assert_eq!(first.status, 3, "{}\n{}", first.out, first.err);
    assert!(first.out.contains(" of 400 seeds; nothing is violated so far"), "{}", first.out);
    let again = format!("continue it with: crosswire hunt --resume --out {out}\n");
    assert!(first.err.contains(&again), "{}", first.err);
    let last = crosswire(&[&args[..], &["--resume"]].concat());
    assert_eq!(last.status, 0, "{}\n{}", last.out, last.err);
    assert!(last.out.starts_with("clean: 400 runs;"), "{}", last.out);
}

#[test]
fn signals_within_a_second_are_one_request() {
    let place = Place::new();
    let out = place.name("out");
    let child = begun(&["hunt", "calm", "--for", "1h", "--no-minimize", "--out", &out]);
    for name in ["INT", "TERM", "HUP", "INT"] {
        signal(child.id(), name);
    }
    let result = ran(child);
    assert_eq!(result.status, 3, "{}", result.err);
    assert!(result.out.contains("interrupted after"), "{}", result.out);
}

#[test]
fn an_interrupted_run_has_no_verdict_and_leaves_no_file() {
    let place = Place::new();
    let save = place.name("saved.toml");
    let mut command = command(&["run", "wyze-2024", "--seed", "2", "--log", "--save", &save]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a banner");
    signal(child.id(), "TERM");
    drop(out);
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(15), "{status}");
    assert_eq!(std::fs::read_dir(place.path("")).expect("a directory").count(), 0);
}

#[test]
fn minimizing_ends_between_any_two_runs() {
    let scenario = crosswire::scenarios::scenario("notification-mix-up").expect("it is shipped");
    let client = catalog::client("pooled-cancel-desync").expect("a client");
    let plan = Arc::new(draw(&scenario, Seed(0)));
    let output = crosswire::sim::play(&plan, &client).expect("no panic");
    let shows = Shows::of(&output.findings).expect("it is violated");
    let minimize = Minimize { plan: &plan, client: &client, shows: &shows, budget: Duration::MAX };
    let (_, five) = minimize.run(|made| made.runs < 5);
    let (_, nine) = minimize.run(|made| made.runs < 9);
    assert_eq!(nine.runs - five.runs, 4, "it ends at once");
}

#[test]
fn a_hunt_interrupted_while_minimizing_prints_its_summary() {
    let place = Place::new();
    let (file, out) = (scenario(&place), place.name("out"));
    let client = ["--client", "pooled-cancel-desync", "--seeds", "12", "--minimize", "1h"];
    let child = begun(&[&["hunt", &file, "--out", &out], &client[..]].concat());
    until("its seeds are run", || {
        let journal = std::fs::read_to_string(place.path("out/hunt.jsonl")).unwrap_or_default();
        journal.lines().filter(|line| line.starts_with(r#"{"line":"done""#)).count() == 2
    });
    signal(child.id(), "TERM");
    let Ran { status, out, err } = ran(child);
    assert_eq!(status, 1, "{err}");
    assert!(out.contains(" of 12 runs failed"), "{out}");
    assert!(!out.contains("interrupted"), "all seeds were run: {out}");
}
