//! Bad input of every kind gives one clear error, exit status 2 and no panic.

use crate::support::{Place, TINY, command, crosswire, refused};
use std::path::Path;

/// Runs the tiny scenario with one thing replaced.
fn corrupt(valid: &str, invalid: &str, words: &[&str]) {
    assert!(TINY.contains(valid), "{valid}");
    let place = Place::new();
    let file = place.file("corrupt.toml", TINY.replacen(valid, invalid, 1));
    refused(&["run", &file], words);
}

#[test]
fn files_that_are_not_scenarios() {
    let place = Place::new();
    refused(&["run", &place.name("none.toml")], &["there is no such file"]);
    refused(&["run", &place.name("")], &["this is a directory"]);
    refused(&["run", &place.file("binary.toml", [0x7F, b'E', 0, 0xFF])], &["byte 3 is invalid"]);
    refused(&["run", &place.file("empty.toml", "")], &["the file is empty"]);
    refused(&["run", &place.file("prose.toml", "Once upon a time")], &["this is not TOML"]);
}

#[test]
fn fields_and_values_that_make_no_sense() {
    corrupt("cameras = 4", "camera = 4", &["corrupt.toml:6:1", "did you mean `cameras`?"]);
    corrupt(
        "cameras = 4",
        "cameras = \"many\"",
        &["`cast.cameras` is \"many\"", "expected a whole"],
    );
    corrupt("cameras = 4", "cameras = 0", &["`cast.cameras` is 0", "from 1 to"]);
    corrupt("phones = 4", "phones = 1_000_000_000_000", &["1_000_000_000_000", "expected a whole"]);
    corrupt(
        "[workload]",
        "[workload]\ntap_share = 2",
        &["`workload.tap_share` is 2", "from 0 to 1"],
    );
    corrupt("length_ms = 1_000", "length_ms = 20_000", &["corrupt.toml"]);
    // Names are not broken at hyphens, or they would not be found among the words.
    let kinds = ["did you mean `cache-slow`?", "directory-failover,", "connection-reset,"];
    corrupt("cache-slow", "cache-slwo", &kinds);
    let swarm = "[swarm]\nfaults = 1\n[swarm.draw]\n\"duration_ms\" = [1, 30_000]\n[recovery]";
    let words = ["not before the end of the run at 1 ms", "may draw `duration_ms` = 1"];
    corrupt("[recovery]", swarm, &words);
    corrupt("[cast]", "[client]\nname = \"poled\"\n[cast]", &["did you mean `pooled`?"]);
}

#[test]
fn a_file_without_its_ending_is_offered_with_it() {
    let place = Place::new();
    let file = place.file("mine.toml", TINY);
    let dir = Path::new(&file).parent().expect("a file is in a directory");
    let run = command(&["run", "mine"]).current_dir(dir).output().expect("the binary runs");
    assert_eq!(run.status.code(), Some(2));
    let error = String::from_utf8_lossy(&run.stderr);
    assert!(error.contains("unknown scenario `mine`; did you mean `./mine.toml`?"), "{error}");
}

#[test]
fn unknown_names() {
    refused(&["run", "clam"], &["unknown scenario `clam`; did you mean `calm`?"]);
    refused(&["run", "calm", "--client", "poled"], &["did you mean `pooled`?", "redis-rs"]);
    refused(
        &["run", "calm", "--defence", "verify-at-delivry"],
        &["did you mean `verify-at-delivery`?"],
    );
    refused(&["list", "client"], &["clients"]);
    refused(&["repaly", "x"], &["replay"]);
}

#[test]
fn arguments_that_make_no_sense() {
    refused(&["run"], &["SCENARIO"]);
    refused(&["run", "calm", "--seed", "soon"], &["`soon` is not a seed"]);
    refused(
        &["run", "calm", "--seed", "-1"],
        &["`-1` is not a seed", "a seed is a number from 0 to 2^64-1", "or a git commit hash"],
    );
    refused(&["run", "calm", "--jsn"], &["--json"]);
    refused(&["replay", "calms"], &["there is no such file, and this is not a seed line"]);
    refused(&["replay", "calm"], &["this is a scenario; use `crosswire run calm`"]);
    let defences = ["run", "calm", "--defence", "none", "--defence", "verify-at-delivery"];
    refused(
        &defences,
        &["`none` means no defence and cannot be combined with `verify-at-delivery`"],
    );
    refused(&["replay", "calm:7:pooled:none+x"], &["`none` means no defence"]);
    for (line, words) in [
        ("calm:1:pooled:none:more", "`calm:1:pooled:none:more` has one part too many, `more`"),
        ("nope:1", "as a seed line `nope:1` names no client"),
        ("calm:1:", "as a seed line `calm:1:` names no client"),
        ("calm:7:pooled:", "ends in a colon with no defences after it"),
    ] {
        refused(&["replay", line], &[words, "expected SCENARIO:SEED:CLIENT:DEFENCES"]);
    }
    refused(&["run", "calm", "--defence", "none+leases"], &["cannot be combined with `leases`"]);
    refused(
        &["run", "pair", "--cancel-at", "-1"],
        &["`-1` is below 1; expected a whole number from 1 to 1,000,000,000"],
    );
    refused(&["run", "pair", "--jobs", "2"], &["--cancel-at-every-await"]);
    refused(&["replay", "calm:soon:pooled"], &["`soon` is not a seed"]);
    refused(&["replay", "clam:7:pooled:none"], &["did you mean `calm`?"]);
    refused(&["replay", "calm:7:poled:none"], &["did you mean `pooled`?"]);
    refused(&["replay", "calm:7:pooled:prayer"], &["unknown defence `prayer`"]);
}

#[test]
fn save_overwrites_only_saved_runs() {
    let place = Place::new();
    let scenario = place.file("mine.toml", TINY);
    refused(&["run", &scenario, "--save", &scenario], &["the file exists and is not a saved run"]);
    refused(&["run", &scenario, "--save", &place.name("")], &["this is a directory"]);
    let below = format!("{scenario}/below");
    refused(&["run", &scenario, "--save", &below], &["mine.toml is not a directory"]);
    // A directory that does not exist is created, as `certify --out` does.
    let new = place.name("new/directory/run.toml");
    crosswire(&["run", &scenario, "--seed", "1", "--save", &new]);
    assert!(Path::new(&new).exists());
    assert_eq!(std::fs::read_to_string(scenario).expect("it is there"), TINY);
}
