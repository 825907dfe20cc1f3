//! `crosswire shrink`.

use crate::support::{Place, crosswire, refused};

const LINE: &str = "notification-mix-up:0:pooled-cancel-desync:none";

#[test]
fn a_violated_run_becomes_small_and_is_kept() {
    let place = Place::new();
    let file = place.name("small.toml");
    let shrunk = crosswire(&["shrink", LINE, "--save", &file, "--budget", "12s"]);
    assert_eq!(shrunk.status, 0, "{}", shrunk.err);
    assert!(shrunk.out.starts_with(
        "I1 authorised delivery, pushed, another's reply, call dropped, connection reused\n"
    ));
    let requests = shrunk.out.lines().find_map(|line| line.trim().strip_prefix("requests"));
    let counts: Vec<u32> = requests
        .expect("how many requests there were and are")
        .split_whitespace()
        .map(|count| count.replace(',', "").parse().expect("a number"))
        .collect();
    assert!(counts[1] * 10 < counts[0], "{}", shrunk.out);
    let again = crosswire(&["replay", &file]);
    assert_eq!(again.status, 0, "{}", again.out);
    assert!(again.out.contains("\nreproduces: verdict and digest are those of the file"));
    // And smaller still, under a name of its own. What is to stay mended is to stay so.
    let small = std::fs::read_to_string(&file).expect("it is saved");
    let signature = small.lines().find(|line| line.starts_with("signature")).expect("a signature");
    let mended = small.replace("expect = \"violated\"", "expect = \"clean\"");
    place.file("small.toml", mended.replace(signature, "signature = \"I9 nothing\""));
    let smaller = crosswire(&["shrink", &file, "--budget", "1s"]);
    assert!(smaller.out.contains("small.small.toml"), "{}{}", smaller.out, smaller.err);
    assert!(smaller.err.contains("kept for `I9 nothing`, which the run does not show"));
    let smaller = std::fs::read_to_string(place.path("small.small.toml")).expect("it is saved");
    assert!(smaller.contains("expect = \"clean\"") && smaller.contains(signature), "{smaller}");
}

#[test]
fn a_seed_line_becomes_a_file_that_is_named_after_it() {
    let place = Place::new();
    let shrunk = crate::support::command(&["shrink", LINE, "--budget", "1s"])
        .current_dir(place.path(""))
        .output()
        .expect("the binary runs");
    let out = String::from_utf8(shrunk.stdout).expect("text");
    let file = "notification-mix-up-pooled-cancel-desync-0.small.toml";
    assert!(out.ends_with(&format!("saved: crosswire replay {file}\n")), "{out}");
    assert!(place.path(file).is_file());
}

#[test]
fn what_cannot_be_made_smaller_is_refused() {
    let place = Place::new();
    let file = place.name("small.toml");
    refused(&["shrink", "calm:1:pooled:none", "--save", &file], &["the run is clean; expected"]);
    refused(&["shrink", "nonsense", "--save", &file], &["nor is it a seed line"]);
    refused(&["shrink", &place.file("binary", [0, 0xFF])], &["not text"]);
    refused(&["shrink", LINE, "--save", &place.file("mine", "text")], &["is no saved run"]);
    refused(&["shrink", LINE, "--save", &file, "--budget", "0s"], &["no time at all"]);
}
