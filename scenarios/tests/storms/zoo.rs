//! The zoo: no correct client is accused, and each faulty one works while nothing goes wrong.

use crosswire::checker::Verdict;
use crosswire_scenarios::zoo::{play_seeds, storm};
use crosswire_zoo::{correct, faulty};
use std::collections::BTreeSet;
use std::path::Path;

/// Correct clients that the judge wrongly accuses today, with the reason. An entry that is no
/// longer needed fails the test.
const ACCUSED: &[(&str, &str)] = &[
    ("dictionary", "the warm cache is filled past the client, whose encoding has no marker"),
    ("hedged", "the loser's reply is read after the call has ended"),
    ("leader-batch", "the leader writes the commands of all in its own scope"),
    ("run-length", "the warm cache is filled past the client, whose encoding has no marker"),
    ("single-flight", "reads share what a task of the client has read"),
];

#[test]
fn no_correct_client_is_accused() {
    let mut wrong = Vec::new();
    for specimen in correct() {
        let plays = [("swarm", 2), ("bad-network-update", 1), ("notification-mix-up", 2)];
        let accused = plays.into_iter().find_map(|(scenario, seeds)| {
            let accused = play_seeds(specimen, scenario, seeds, 2).accused?;
            Some(format!("{scenario}, {accused}"))
        });
        let expected = ACCUSED.iter().any(|(name, _)| *name == specimen.name);
        match (accused, expected) {
            (Some(accused), false) => wrong.push(format!("{}: {accused}", specimen.name)),
            (None, true) => wrong.push(format!("{}: no longer accused", specimen.name)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_faulty_client_comes_through_calm() {
    for specimen in faulty() {
        let run = storm(specimen, "calm").play(0);
        let run = run.unwrap_or_else(|panicked| panic!("{}: {panicked}", specimen.name));
        let story = run.findings.violations.first().map(|violation| &violation.story);
        assert_ne!(run.findings.verdict, Verdict::Violated, "{}: {story:#?}", specimen.name);
    }
}

#[test]
fn each_client_is_small_and_has_the_name_of_its_file() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/zoo/src");
    for (folder, specimens) in [("correct", correct()), ("faulty", faulty())] {
        let mut names = BTreeSet::new();
        for specimen in specimens {
            let file = format!("{folder}/{}.rs", specimen.name.replace('-', "_"));
            let text = std::fs::read_to_string(source.join(&file));
            let lines = text.unwrap_or_else(|error| panic!("{file}: {error}")).lines().count();
            assert!(lines <= 80, "{file}: {lines} lines, at most 80 expected");
            assert!(names.insert(specimen.name), "{} stands there twice", specimen.name);
        }
    }
}

#[test]
fn there_are_enough_of_both() {
    assert!(correct().len() >= 25 && faulty().len() >= 40);
}
