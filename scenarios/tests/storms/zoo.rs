//! The zoo: no correct client is accused, and each faulty one works in calm weather.

use crosswire::certify::{Question, battery, certify};
use crosswire::checker::Verdict;
use crosswire_claims::zoo::{accused, client, correct_one, storm};
use crosswire_zoo::{correct, faulty};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

#[test]
fn no_correct_client_is_accused() {
    let mut wrong = Vec::new();
    for specimen in correct() {
        let plays = [("swarm", 2), ("bad-network-update", 1), ("notification-mix-up", 2)];
        for (scenario, seeds) in plays {
            if let Some(accused) = accused(specimen, scenario, seeds, 2) {
                wrong.push(format!("{}: {scenario}, {accused}", specimen.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A client with a connection for each call cannot serve two users on one: its certificate lists
/// that as not applicable, and is clean all the same.
#[test]
fn a_certificate_lists_what_does_not_apply_to_a_client() {
    let client = client(correct_one("one-shot").expect("a client of the zoo"));
    let budget = Duration::from_mins(1);
    let scenarios = battery::scenarios();
    let question = Question { client, scenarios, from: 0, seeds: 40, threads: 2, budget };
    let certificate = certify(&question, &|_| (), &|| false).certificate;
    let page = certificate.to_markdown("crosswire certify one-shot");
    assert_eq!(certificate.verdict, Verdict::Clean, "{page}");
    let line = "- two-users-one-connection: each connection carried the commands of one call";
    assert!(page.contains(line), "{page}");
    assert!(!certificate.situations.contains_key("two-users-one-connection"));
}

/// Faulty clients whose mistake shows even in calm weather: a reply in two pieces is enough, or a
/// write of their own that they ignore, or two calls within some milliseconds. Two of them do what
/// a client may do that declares it.
const SEEN_IN_CALM: [&str; 10] = [
    "expire-in-seconds",
    "flight-landed",
    "flight-lingers",
    "nagle-sorted",
    "near-undeclared",
    "nil-is-absent",
    "one-read",
    "polite-shelf",
    "slow-each",
    "strlen-validated",
];

#[test]
fn each_faulty_client_comes_through_calm() {
    let mut seen = Vec::new();
    for specimen in faulty() {
        let run = storm(specimen, "calm").play(0);
        let run = run.unwrap_or_else(|panicked| panic!("{}: {panicked}", specimen.name));
        if run.findings.verdict == Verdict::Violated {
            seen.push(specimen.name);
        }
    }
    assert_eq!(seen, SEEN_IN_CALM);
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
            assert!(names.insert(specimen.name), "{} is listed twice", specimen.name);
        }
    }
}

#[test]
fn there_are_enough_of_both() {
    assert!(correct().len() >= 25 && faulty().len() >= 40);
}
