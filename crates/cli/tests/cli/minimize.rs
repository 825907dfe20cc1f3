//! `crosswire minimize`.

use crate::support::{Place, crosswire, refused};

const LINE: &str = "notification-mix-up:0:pooled-cancel-desync:none";

#[test]
fn a_violated_run_is_minimized_and_saved() {
    let place = Place::new();
    let file = place.name("small.toml");
    let minimized = crosswire(&["minimize", LINE, "--save", &file, "--budget", "12s"]);
    assert_eq!(minimized.status, 0, "{}", minimized.err);
    assert!(minimized.out.starts_with(
        "I1 authorised delivery, pushed, another's reply, call dropped, connection reused\n"
    ));
    let requests = minimized.out.lines().find_map(|line| line.trim().strip_prefix("requests"));
    let counts: Vec<u32> = requests
        .expect("the row of requests")
        .split_whitespace()
        .map(|count| count.replace(',', "").parse().expect("a number"))
        .collect();
    assert!(counts[1] * 10 < counts[0], "{}", minimized.out);
    let ends =
        ["budget used up; --budget 1m may go further", "nothing more was found to leave out"];
    assert!(ends.iter().any(|end| minimized.out.contains(end)), "{}", minimized.out);
    assert!(minimized.out.contains("  phones taking part "), "{}", minimized.out);
    let again = crosswire(&["replay", &file]);
    assert_eq!(again.status, 0, "{}", again.out);
    assert!(again.out.contains("\nreproduces: same verdict, same digest"));
    let words = again.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(" take part; "), "{}", again.out);
    assert!(!again.out.contains("MISSING"), "{}", again.out);
    // Minimizing the case again writes another file and keeps `expect = "clean"`.
    let small = std::fs::read_to_string(&file).expect("it is saved");
    let signature = small.lines().find(|line| line.starts_with("signature")).expect("a signature");
    let fixed = small.replace("expect = \"violated\"", "expect = \"clean\"");
    place.file("small.toml", fixed.replace(signature, "signature = \"I9 nothing\""));
    let smaller = crosswire(&["minimize", &file, "--budget", "1s"]);
    assert!(smaller.out.contains("small.small.toml"), "{}{}", smaller.out, smaller.err);
    assert!(smaller.err.contains("saved for `I9 nothing`, which the run does not show"));
    let smaller = std::fs::read_to_string(place.path("small.small.toml")).expect("it is saved");
    assert!(smaller.contains("expect = \"clean\"") && smaller.contains(signature), "{smaller}");
}

/// In this run, clones are left out with the cameras.
#[test]
fn a_minimized_case_with_clones_can_be_replayed() {
    let place = Place::new();
    let file = place.name("small.toml");
    let line = "swarm:7:pooled-cancel-desync";
    let minimized = crosswire(&["minimize", line, "--save", &file, "--budget", "5s"]);
    assert_eq!(minimized.status, 0, "{}", minimized.err);
    let again = crosswire(&["replay", &file]);
    assert_eq!(again.status, 0, "{}{}", again.out, again.err);
}

#[test]
fn the_case_of_a_seed_line_is_named_after_it() {
    let place = Place::new();
    let minimized = crate::support::command(&["minimize", LINE, "--budget", "1s"])
        .current_dir(place.path(""))
        .output()
        .expect("the binary runs");
    let out = String::from_utf8(minimized.stdout).expect("text");
    let file = "notification-mix-up-pooled-cancel-desync-0.small.toml";
    assert!(out.ends_with(&format!("saved: crosswire replay {file}\n")), "{out}");
    assert!(place.path(file).is_file());
}

#[test]
fn bad_input_is_refused() {
    let place = Place::new();
    let file = place.name("small.toml");
    refused(&["minimize", "calm:1:pooled:none", "--save", &file], &["the run is clean; expected"]);
    refused(&["minimize", "nonsense", "--save", &file], &["and this is not a seed line"]);
    refused(&["minimize", &place.file("binary", [0, 0xFF])], &["not text"]);
    refused(&["minimize", LINE, "--save", &place.file("mine", "text")], &["is not a saved run"]);
    refused(&["minimize", LINE, "--save", &file, "--budget", "0s"], &["the time is zero"]);
}
