//! `crosswire hunt --guided`.

use crate::support::{Place, Ran, command, crosswire, refused, scenario};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const FAULTY: &str = "pooled-cancel-desync";

const HUNT: [&str; 6] = ["--guided", "--no-minimize", "--client", FAULTY, "--seeds", "60"];

fn json(line: &str) -> Value {
    serde_json::from_str(line).expect("JSON")
}

/// Returns the seed and the replay argument of a finding.
fn name_of(finding: &Value) -> String {
    format!("{}: {}", finding["seed"], finding["replay"])
}

#[test]
fn a_guided_hunt_reports_a_finding_with_the_file_that_replays_it() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    fs::create_dir(place.path("corpus")).expect("a directory");
    let (corpus, bred) = (place.name("corpus"), place.name("corpus/bred.toml"));
    let found = ["run", &file, "--seed", "600", "--client", FAULTY, "--save", &bred];
    assert_eq!(crosswire(&found).status, 1);
    let args = [&["hunt", &file, "--out", &dir, "--corpus", &corpus][..], &HUNT].concat();
    let Ran { status, out, err } = crosswire(&args);
    assert_eq!(status, 1, "{err}");
    let shown = out.replace(&dir, "DIR").replace(&file, "slow.toml");
    let (first, table) = shown.split_once("\n\n").expect("a finding");
    insta::assert_snapshot!(first);
    let last = table.lines().last().expect("a line");
    assert!(last.starts_with("Guided: ") && last.ends_with(" to breed from"), "{last}");
    let again = first.lines().find_map(|line| line.strip_prefix("  replay: crosswire replay DIR/"));
    let again = place.path("out").join(again.expect("a file")).display().to_string();
    let replayed = crosswire(&["replay", &again]);
    assert_eq!(replayed.status, 0, "{}", replayed.err);
    assert!(replayed.out.contains("reproduces: same verdict, same digest"));
    assert!(
        !place.path("corpus").join("bred.toml").exists(),
        "it is violated, so it is not bred from"
    );
}

#[test]
fn a_kill_changes_nothing_in_a_guided_hunt() {
    let place = Place::new();
    let (file, whole, dir) = (scenario(&place), place.name("whole"), place.name("killed"));
    let args = [&["hunt", &file, "--json"][..], &HUNT].concat();
    let expected = crosswire(&[&args[..], &["--out", &whole]].concat());
    let mut reported: Vec<String> = Vec::new();
    for (lines, resume) in [(1, None), (3, Some("--resume")), (4, Some("--resume"))] {
        let args = [&args[..], &["--out", &dir], resume.as_slice()].concat();
        let mut child = command(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let mut out = out.lines().map(|line| line.expect("text"));
        reported.extend(out.by_ref().take(lines));
        child.kill().expect("it is there");
        child.wait().expect("it ends");
        reported.extend(out);
    }
    let last = crosswire(&[&args[..], &["--out", &dir, "--resume"]].concat());
    assert_eq!(last.status, 1, "{}", last.err);
    reported.extend(last.out.lines().map(str::to_owned));
    let summary = |out: &str| out.lines().last().map(json);
    assert_eq!(summary(&last.out), summary(&expected.out));
    let names = |lines: Vec<&str>| -> Vec<_> {
        let found = lines.into_iter().map(json).filter(|line| line["type"] == "hunt-finding");
        let mut names: Vec<_> = found.map(|finding| name_of(&finding)).collect();
        names.sort();
        names
    };
    let expected = names(expected.out.lines().collect());
    assert!(expected.iter().any(|name| name.contains(".toml")), "{expected:?}");
    let reported = names(reported.iter().map(String::as_str).collect());
    assert!(reported.iter().all(|name| expected.contains(name)), "{reported:?}");
    assert!(
        reported.windows(2).all(|two| two[0] != two[1]),
        "a finding is reported twice: {reported:?}"
    );
}

#[test]
fn a_corpus_passes_from_hunt_to_hunt_and_bad_files_are_skipped() {
    let place = Place::new();
    let (file, corpus) = (scenario(&place), place.name("corpus"));
    let hunt = |out: &str, seed: &str| {
        let dir = place.name(out);
        let args = ["hunt", &file, "--client", "pooled", "--no-minimize", "--guided"];
        let more = ["--seeds", "20", "--from-seed", seed, "--out", &dir, "--corpus", &corpus];
        let ran = crosswire(&[&args[..], &more].concat());
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran
    };
    assert!(!hunt("first", "0").err.contains("skipped"));
    let files: Vec<_> = fs::read_dir(&corpus).expect("a corpus").collect();
    assert!(!files.is_empty());
    fs::write(place.path("corpus").join("mine.toml"), "version = 9\n").expect("a file");
    let second = hunt("second", "500");
    assert_eq!(second.err.matches("skipped: ").count(), 1, "{}", second.err);
    assert!(second.err.contains("mine.toml: unknown `version` 9"), "{}", second.err);
    assert!(place.path("corpus").join("mine.toml").exists());
    let journal = fs::read_to_string(place.path("second").join("hunt.jsonl")).expect("a journal");
    assert_eq!(journal.matches("{\"line\":\"old\"").count(), files.len());
}

#[test]
fn a_guided_hunt_that_makes_no_sense_is_refused() {
    let place = Place::new();
    let (file, dir) = (scenario(&place), place.name("out"));
    let hunt = ["hunt", &file, "--no-minimize", "--seeds", "2", "--out", &dir];
    let corpus = place.file("corpus", "");
    refused(&[&hunt[..], &["--corpus", &corpus]].concat(), &["--guided"]);
    let words = ["this is a file; expected a directory"];
    refused(&[&hunt[..], &["--guided", "--corpus", &corpus]].concat(), &words);
    assert!(!place.path("out").exists(), "the hunt began");
    assert_eq!(crosswire(&hunt).status, 0);
    let words = ["this hunt is unguided; you asked for a guided one", "--out DIR"];
    refused(&[&hunt[..], &["--guided", "--resume"]].concat(), &words);
}
