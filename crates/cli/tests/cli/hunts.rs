//! `crosswire hunt`: findings are kept however the hunt ends.

use crate::support::{Place, Ran, TINY, command, crosswire, refused, scenario};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const FAULTY: &str = "pooled-cancel-desync";

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect("JSON")
}

/// Returns the seed lines of all findings in a journal, sorted.
fn kept(journal: &str) -> Vec<String> {
    let text = fs::read_to_string(journal).expect("a journal");
    let lines = text.lines().map(json).filter(|line| line["line"] == "finding");
    let mut kept: Vec<_> = lines.map(|line| line["finding"]["replay"].to_string()).collect();
    kept.sort();
    kept
}

#[test]
fn a_published_leak_is_found_and_each_signature_reported_once() {
    let place = Place::new();
    let dir = place.name("out");
    let args = [
        "hunt",
        "--no-minimize",
        "notification-mix-up",
        "--client",
        FAULTY,
        "--seeds",
        "4",
        "--out",
        &dir,
    ];
    let Ran { status, out, err } = crosswire(&args);
    assert_eq!(status, 1, "{err}");
    let (reported, table) = out.split_once("Signatures, with their files in ").expect("a table");
    assert!(out.contains(" signatures, ") || out.contains(" signature, "), "{out}");
    let signature =
        "I1 authorised delivery, pushed, another's reply, call dropped, connection reused";
    assert_eq!(reported.lines().filter(|line| *line == signature).count(), 1, "{reported}");
    assert_eq!(table.matches(signature).count(), 1, "{table}");
    assert!(reported.contains(&format!("{signature}\n  new\n")), "{reported}");
    assert!(reported.contains("replay: crosswire replay notification-mix-up:0:"), "{reported}");
    let file = reported.lines().find_map(|line| line.strip_prefix("  file: ")).expect("a file");
    let replayed = crosswire(&["replay", file]);
    assert!(replayed.out.contains("reproduces"), "{}", replayed.out);
}

#[test]
fn a_correct_client_is_clean_and_a_missing_situation_is_inconclusive() {
    let place = Place::new();
    let file = scenario(&place);
    let clean =
        crosswire(&["hunt", "--no-minimize", &file, "--seeds", "3", "--out", &place.name("clean")]);
    assert_eq!(clean.status, 0, "{}", clean.out);
    assert!(clean.out.starts_with("clean: 3 runs;"), "{}", clean.out);
    let far = place.file("far.toml", format!("{TINY}\n[reach]\nvideo-delivered = 100000\n"));
    let far =
        crosswire(&["hunt", "--no-minimize", &far, "--seeds", "3", "--out", &place.name("far")]);
    assert_eq!(far.status, 3, "{}", far.out);
    assert!(far.out.contains("video-delivered"), "{}", far.out);
}

#[test]
fn the_number_of_threads_does_not_change_the_output() {
    let place = Place::new();
    let file = scenario(&place);
    let reported = ["1", "3"].map(|jobs| {
        let dir = place.name(jobs);
        let args = [
            "hunt",
            "--no-minimize",
            &file,
            "--client",
            FAULTY,
            "--client",
            "pooled",
            "--seeds",
            "12",
        ];
        let ran = crosswire(&[&args[..], &["--jobs", jobs, "--out", &dir]].concat());
        ran.out.replace(&dir, "DIR").split_whitespace().collect::<Vec<_>>().join(" ")
    });
    assert_eq!(reported[0], reported[1]);
}

#[test]
fn machines_get_lines_of_json_annotations_and_a_report() {
    let place = Place::new();
    let (file, dir, xml) = (scenario(&place), place.name("out"), place.name("report.xml"));
    let args =
        ["hunt", "--no-minimize", &file, "--client", FAULTY, "--client", "pooled", "--seeds", "12"];
    let faces = ["--out", &dir, "--json", "--annotations", "--junit", &xml];
    let Ran { status, out, err } = crosswire(&[&args[..], &faces].concat());
    assert_eq!(status, 1);
    let mut lines: Vec<_> = out.lines().map(json).collect();
    let last = lines.pop().expect("a summary");
    let summary = &last;
    assert_eq!((&summary["verdict"], &summary["runs"]), (&"violated".into(), &24.into()));
    assert_eq!(summary["found"], lines.len());
    assert_eq!(summary["new"], summary["signatures"].as_array().expect("a list").len());
    let marked = err.lines().filter(|line| line.starts_with("::error file=")).count();
    assert_eq!(marked, summary["signatures"].as_array().expect("a list").len(), "{err}");
    let report = fs::read_to_string(xml).expect("a report");
    assert!(report.contains("tests=\"2\" skipped=\"0\" errors=\"0\" failures=\"1\""), "{report}");
}

/// Starts a hunt and returns it with its output.
fn begun(args: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = command(args);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().expect("the binary runs");
    let out = child.stdout.take().expect("its output");
    (child, BufReader::new(out))
}

#[test]
fn a_kill_loses_and_repeats_no_finding() {
    let place = Place::new();
    let (file, whole, dir) = (scenario(&place), place.name("whole"), place.name("killed"));
    let args = ["hunt", "--no-minimize", &file, "--client", FAULTY, "--seeds", "40", "--json"];
    let expected = crosswire(&[&args[..], &["--out", &whole]].concat());
    let mut reported: Vec<String> = Vec::new();
    for (lines, resume) in [(1, None), (2, Some("--resume")), (7, Some("--resume"))] {
        let args = [&args[..], &["--out", &dir], resume.as_slice()].concat();
        let (mut child, out) = begun(&args);
        let mut out = out.lines().map(|line| line.expect("text"));
        reported.extend(out.by_ref().take(lines));
        child.kill().expect("it is there");
        child.wait().expect("it ends");
        reported.extend(out);
    }
    let last = crosswire(&[&args[..], &["--out", &dir, "--resume"]].concat());
    assert_eq!(last.status, 1);
    reported.extend(last.out.lines().map(str::to_owned));
    let [whole, dir] = [whole, dir].map(|dir| kept(&format!("{dir}/hunt.jsonl")));
    assert_eq!(dir, whole);
    let summary = |out: &str| out.lines().last().map(json);
    assert_eq!(summary(&last.out), summary(&expected.out));
    let reported: Vec<_> = reported.iter().map(|line| json(line)["replay"].to_string()).collect();
    for line in reported.iter().filter(|line| *line != "null") {
        assert!(dir.contains(line), "{line} was reported and is not in the journal");
        assert_eq!(reported.iter().filter(|other| *other == line).count(), 1, "{line}");
    }
}

#[test]
fn a_hunt_ended_by_a_signal_prints_a_summary() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    let (mut child, out) = begun(&[
        "hunt",
        "--no-minimize",
        &file,
        "--client",
        FAULTY,
        "--for",
        "1h",
        "--json",
        "--out",
        &dir,
    ]);
    let mut out = out.lines().map(|line| line.expect("text"));
    out.next().expect("a finding");
    let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(asked.expect("kill runs").success());
    let summary = json(&out.last().expect("a summary"));
    assert!(summary["runs"].as_u64() > Some(0));
    assert_eq!(summary["complete"], false);
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn a_hunt_that_makes_no_sense_is_refused() {
    let place = Place::new();
    let out = place.name("out");
    let hunt = |more: &[&str], words: &[&str]| {
        refused(&[&["hunt", "--no-minimize", "--out", &out], more].concat(), words);
        assert!(!place.path("out").exists(), "the hunt began");
    };
    hunt(&[], &["SCENARIO"]);
    hunt(&["clam"], &["did you mean `calm`?"]);
    hunt(&["calm", "--client", "poled"], &["did you mean `pooled`?"]);
    hunt(&["calm", "--service", "standrad"], &["did you mean `standard`?"]);
    hunt(&["calm", "--defence", "verify-at-delivry"], &["did you mean `verify-at-delivery`?"]);
    hunt(&["calm", "--defence", "none", "--defence", "leases"], &["`none` means no defence"]);
    hunt(&["calm", "--for", "soon"], &["soon", "such as 90s, 10m or 8h"]);
    hunt(&["calm", "--run-timeout", "0s"], &["the time is zero"]);
    hunt(&["calm", "--for", "1h", "--seeds", "7"], &["cannot be used with"]);
    hunt(&["calm", "--seeds", "0"], &["`0` is below 1; expected a whole number from 1"]);
    hunt(&["calm", "--jobs", "many"], &["`many` is not a whole number"]);
    hunt(
        &["calm", "--baseline", &place.name("none")],
        &["there is no such directory; expected a directory of known runs"],
    );
    hunt(
        &["calm", "--baseline", &place.file("README.md", "mine")],
        &["this is a file; expected a directory of known runs"],
    );
    hunt(&["calm", "--seed", "7"], &["--seeds"]);
    hunt(
        &["calm", "--from-seed", "18446744073709551615", "--seeds", "2"],
        &["leaves only 1 seed; expected `--seeds` of at most 1"],
    );
    hunt(&["calm", "--junit", "/dev/null/a.xml"], &["/dev/null is not a directory"]);
    hunt(&["calm", "--resume"], &["there is no hunt to resume", "begin one:"]);
    fs::create_dir(place.path("taken")).expect("a directory");
    let taken = place.file("taken/README.md", "mine");
    refused(
        &["hunt", "--resume", "--out", &place.name("taken")],
        &["there is no hunt to resume", "begin one in a new or empty directory"],
    );
    let words = ["this is a file; expected the directory of a hunt"];
    refused(&["hunt", "--resume", "--out", &taken], &words);
}

#[test]
fn a_directory_that_is_taken_and_a_journal_of_another_hunt_are_refused() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    let journal = place.path("out").join("hunt.jsonl");
    let args = ["hunt", "--no-minimize", &file, "--seeds", "3", "--out", &dir];
    assert_eq!(crosswire(&args).status, 0);
    let before = fs::read(&journal).expect("a journal");
    refused(&args, &["out: this directory is not empty", "--resume", "--out DIR"]);
    let other = |more: &[&str], words: &[&str]| {
        let args = [&["hunt", "--no-minimize", "--out", &dir, "--resume"], more].concat();
        refused(&args, &[words, &["hunt.jsonl:1:", "--out DIR"]].concat());
    };
    other(&[&file, "--seeds", "9"], &["covers 3 seeds from 0; you asked for", "9 seeds"]);
    other(&["--client", "redis-rs"], &["slow.toml: pooled`", "redis-rs`"]);
    other(&["calm"], &["slow.toml: pooled`", "calm: pooled`"]);
    other(&[&file, "--seeds", "3", "--from-seed", "1"], &["seeds from 0;", "seeds from 1"]);
    other(&[&file, "--for", "1h"], &["all seeds from 0"]);
    other(&[&file, "--seeds", "3", "--client", "redis-rs"], &["slow.toml: pooled`", "redis-rs`"]);
    other(&[&file, "calm", "--seeds", "3"], &["runs 1 combination of", "asked for 2 combinations"]);
    place.file("slow.toml", TINY);
    other(&[&file, "--seeds", "3"], &["has changed since"]);
    assert_eq!(fs::read(&journal).expect("a journal"), before, "nothing was changed");

    let taken = place.file("file", "");
    refused(
        &["hunt", "--no-minimize", "calm", "--out", &taken],
        &["this is a file; expected a directory"],
    );
}

#[test]
fn resume_takes_the_arguments_from_the_journal() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    let begun = ["hunt", &file, "--client", FAULTY, "--client", "pooled", "--seeds", "3"];
    let more = ["--from-seed", "5", "--defence", "leases", "--no-minimize", "--out", &dir];
    let first = crosswire(&[&begun[..], &more].concat());
    let summary = |out: &str| {
        let at = out.find("violated: ").expect("a summary");
        out[at..].to_owned()
    };
    for more in
        [&[][..], &[file.as_str()], &["--client", FAULTY, "--client", "pooled"], &["--seeds", "3"]]
    {
        let resumed = ["hunt", "--resume", "--no-minimize", "--out", &dir];
        let resumed = crosswire(&[&resumed[..], more].concat());
        assert_eq!(resumed.status, first.status, "{more:?}: {}", resumed.err);
        assert_eq!(summary(&resumed.out), summary(&first.out), "{more:?}");
    }
    // A hunt for a time needs its additional time.
    let timed = place.name("timed");
    crosswire(&["hunt", &file, "--for", "1ms", "--no-minimize", "--out", &timed]);
    let resumed = ["hunt", "--resume", "--no-minimize", "--out", &timed];
    refused(&resumed, &["has a time and not a number of seeds", "--for TIME"]);
    let resumed = crosswire(&[&resumed[..], &["--for", "1ms"]].concat());
    assert!([0, 3].contains(&resumed.status), "{}", resumed.err);
}

#[test]
fn an_older_journal_is_read_and_a_newer_one_is_refused() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    let args = ["hunt", &file, "--client", FAULTY, "--seeds", "12", "--no-minimize", "--out", &dir];
    let first = crosswire(&args);
    let journal = place.path("out").join("hunt.jsonl");
    let text = fs::read_to_string(&journal).expect("a journal");
    // Older journals have seeds as numbers.
    let older = (0..12).fold(text.clone(), |text, seed| {
        text.replace(&format!("\"seed\":\"{seed}\""), &format!("\"seed\":{seed}"))
    });
    assert_ne!(older, text);
    fs::write(&journal, &older).expect("a journal");
    let resumed = ["hunt", "--resume", "--no-minimize", "--out", &dir];
    assert_eq!(crosswire(&resumed).status, first.status);
    fs::write(&journal, text.replacen("\"version\":1", "\"version\":9", 1)).expect("a journal");
    refused(&resumed, &["the journal has version 9; this build reads 1"]);
}

#[test]
fn an_invalid_journal_is_refused_with_the_line() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    let journal = place.path("out").join("hunt.jsonl");
    let args = ["hunt", "--no-minimize", &file, "--seeds", "3", "--out", &dir, "--resume"];
    assert_eq!(crosswire(&args[..7]).status, 0);
    let whole = fs::read_to_string(&journal).expect("a journal");
    let invalid = |line: &str, words: &[&str]| {
        fs::write(&journal, format!("{whole}{line}\n")).expect("a journal");
        refused(&args, &[words, &["hunt.jsonl:3:", "name another directory"]].concat());
    };
    invalid("Once upon a time", &["invalid line of a journal"]);
    invalid("{\"line\":\"dune\"}", &["unknown variant `dune`", "`finding`, `old`, `kept`, `done`"]);
    let done = whole.lines().nth(1).expect("a line");
    invalid(done, &["seeds are done from 0; expected from 3"]);
    let next = done.replace("\"from\":0", "\"from\":3");
    invalid(&next, &["3 seeds are done, but the hunt has only 0 seeds left"]);
    invalid(&next.replace("\"ground\":0", "\"ground\":7"), &["there is no target 7"]);
    invalid(whole.lines().next().expect("a line"), &["a second header"]);
    fs::write(&journal, "{\"some\":\"file\"}\n").expect("a file");
    refused(&args, &["hunt.jsonl:1:", "invalid line of a journal"]);
}
