//! `crosswire certify`.

use crate::support::{Place, crosswire, refused};
use serde_json::Value;

/// Returns the arguments of the shortest certificate: one seed for each part of the battery.
fn short<'a>(client: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["certify", client, "--seeds", "1"], more].concat()
}

/// Returns the page without what differs between machines: the CPU time and the compiler.
fn page(text: &str) -> String {
    let same = text.lines().map(|line| match line.split_once(" | ") {
        Some((what, _)) if what.starts_with("| CPU time") => format!("{what} | .. |"),
        _ => line.to_owned(),
    });
    let lines: Vec<_> = same.map(|line| without_compiler(&line)).collect();
    lines.join("\n")
}

fn without_compiler(line: &str) -> String {
    match (line.find("rustc "), line.find(". Seeds count")) {
        (Some(from), Some(to)) => format!("{}rustc{}", &line[..from], &line[to..]),
        _ => line.to_owned(),
    }
}

#[test]
fn a_short_certificate_of_a_correct_client() {
    let place = Place::new();
    // With one seed per trial, a required situation never occurs.
    let out = place.name("out");
    let correct = crosswire(&["certify", "redis-rs", "--seeds", "20", "--json", "--out", &out]);
    assert_eq!(correct.status, 0, "{}", correct.err);
    let read = |name: &str| std::fs::read_to_string(place.path("out").join(name)).expect(name);
    assert_eq!(read("certificate.json"), correct.out);
    insta::assert_snapshot!("a_certificate_of_a_correct_client", page(&read("certificate.md")));
}

#[test]
fn the_findings_of_a_short_certificate_of_a_faulty_client_reproduce() {
    let place = Place::new();
    let out = place.name("out/here");
    let faulty = crosswire(&short("redis-rs-0-29", &["--no-minimize", "--out", &out]));
    assert_eq!(faulty.status, 1, "{}", faulty.err);
    insta::assert_snapshot!("a_certificate_of_a_faulty_client", page(&faulty.out));
    let read = |name: &str| std::fs::read_to_string(place.path("out/here").join(name)).expect(name);
    assert_eq!(read("certificate.md"), faulty.out);
    let json = read("certificate.json");
    let certificate: Value = serde_json::from_str(&json).expect("one object");
    assert_eq!(certificate["verdict"], "violated");
    let findings = certificate["findings"].as_array().expect("findings");
    assert!(!findings.is_empty());
    for finding in findings {
        let file = format!("{out}/{}", finding["file"].as_str().expect("a file"));
        assert_eq!(crosswire(&["replay", &file]).status, 0, "{file} reproduces");
        assert!(!finding["story"].as_array().expect("a story").is_empty());
    }
}

#[test]
fn what_cannot_be_certified_is_refused() {
    refused(&["certify", "redis-sr"], &["unknown client `redis-sr`", "did you mean `redis-rs`?"]);
    refused(&["certify", "pooled", "--adapter", "cat"], &["cannot be used with", "--adapter"]);
    for [option, value] in [
        ["--save", "s.toml"],
        ["--schedule", "s.toml"],
        ["--enumerate", "2"],
        ["--patience", "3"],
        ["--budget", "3"],
        ["--words", "plain"],
    ] {
        refused(
            &["certify", "pooled", option, value],
            &["[CLIENT]", "cannot be used with", option],
        );
        refused(&["certify", option, value], &["--adapter <CMD>"]);
    }
    let out = ["certify", "--adapter", "cat", "--out", "o"];
    refused(
        &out,
        &["`--out` cannot be used with `--adapter`", "--save FILE", "redirect standard output"],
    );
    refused(&short("pooled", &["--jobs", "0"]), &["`0` is below 1"]);
    refused(&["certify", "pooled", "--seeds", "-5"], &["`-5` is below 1"]);
    refused(
        &short("pooled", &["--from-seed", "18446744073709551615"]),
        &["beyond the last seed", "at most 18446744073709551614"],
    );
    let place = Place::new();
    let file = place.file("a-file", "text");
    refused(&short("pooled", &["--out", &file]), &["this is a file; expected a directory"]);
    let below = format!("{file}/below");
    refused(&short("pooled", &["--out", &below]), &["the directory cannot be created"]);
}
