//! The twenty mechanisms: each is found in the scenario of its table row, and its correct twin is
//! clean.

use crate::first_broken;
use crosswire::cache::clients;
use crosswire::mechanisms::{MECHANISMS, Mechanism, Side, forms};
use crosswire::services::services;
use crosswire::{Storm, scenarios};
use crosswire_checker::{InvariantId, Verdict};
use std::collections::BTreeSet;

/// Number of seeds within which each must be found.
const TO_FIND: u64 = 10;

/// Number of seeds that run for each, and for its correct twin.
const PLAYED: u64 = 5;

/// Creates a storm for a mechanism, in the scenario made for it.
fn storm(mechanism: &Mechanism, right: bool) -> Storm {
    Storm::named(mechanism.scenario)
        .client(mechanism.client(right))
        .service_named(mechanism.service(right))
}

/// Returns the name of the correct twin, from the list that contains the faulty one.
fn twin(mechanism: &Mechanism) -> Option<&'static str> {
    let wrong = mechanism.faulty;
    match mechanism.side {
        Side::Client => clients::all().iter().find(|spec| spec.name == wrong)?.twin,
        Side::Service => services().iter().find(|spec| spec.name == wrong)?.twin,
    }
}

#[test]
fn there_are_twenty_in_order() {
    let numbers: Vec<u32> = MECHANISMS.iter().map(|mechanism| mechanism.number.into()).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
}

#[test]
fn each_has_its_correct_twin() {
    for mechanism in forms() {
        assert_eq!(twin(mechanism), Some(mechanism.correct), "{}", mechanism.faulty);
        let listed = match mechanism.side {
            Side::Client => clients::all().iter().any(|spec| spec.name == mechanism.correct),
            Side::Service => services().iter().any(|spec| spec.name == mechanism.correct),
        };
        assert!(listed, "{}", mechanism.correct);
        assert!(scenarios::scenario(mechanism.scenario).is_ok(), "{}", mechanism.scenario);
    }
}

/// The violated invariant must point at the mistake, not only at its consequences.
#[test]
fn each_is_found_by_an_invariant_that_is_near_its_cause() {
    for mechanism in forms() {
        let storm = storm(mechanism, false);
        let is_broken = |seed| {
            let counts = storm.play(seed).expect("no panic").findings.counts;
            mechanism.nearest.iter().any(|id| counts.get(id).is_some_and(|count| *count > 0))
        };
        let found = (0..TO_FIND).any(is_broken);
        assert!(found, "{} on {}: not in {TO_FIND} seeds", mechanism.faulty, mechanism.scenario);
    }
}

/// The leak must not be the first violation.
#[test]
fn none_leaks_before_an_invariant_near_its_cause_is_violated() {
    for mechanism in forms() {
        let (storm, wrong) = (storm(mechanism, false), mechanism.faulty);
        for seed in 0..PLAYED {
            let findings = storm.play(seed).expect("no panic").findings;
            let cause = first_broken(&findings, mechanism.nearest);
            let leak = first_broken(&findings, &[InvariantId::I1]);
            let told = leak.is_none_or(|leak| cause.is_some_and(|cause| cause <= leak));
            assert!(told, "{wrong}, seed {seed}: the cause at {cause:?}, the leak at {leak:?}");
        }
    }
}

#[test]
fn no_correct_twin_is_accused_where_its_mechanism_is_found() {
    for mechanism in forms() {
        storm(mechanism, true).seeds(PLAYED).run().assert_clean();
    }
}

/// Returns the first story in the mechanism's own scenario, and the causes that all stories name.
fn stories(mechanism: &Mechanism) -> (String, BTreeSet<String>) {
    let storm = storm(mechanism, false);
    let found = (0..TO_FIND).find_map(|seed| {
        let findings = storm.play(seed).expect("no panic").findings;
        (findings.verdict == Verdict::Violated).then_some((seed, findings))
    });
    let (seed, findings) = found.expect("it is found");
    let causes = findings.violations.iter().flat_map(|found| found.causes.iter().cloned());
    let first = &findings.violations[0];
    let head = format!("{}, seed {seed}: {}", mechanism.faulty, first.signature());
    let lines = first.story.iter().map(|line| format!("  {line}\n"));
    (format!("{head}\n{}", lines.collect::<String>()), causes.collect())
}

/// A story that omits the cause is true and useless.
#[test]
fn the_stories_of_each_name_its_cause() {
    let mut stories_of_all = String::new();
    for mechanism in forms() {
        let (story, causes) = stories(mechanism);
        stories_of_all.push_str(&story);
        stories_of_all.push('\n');
        for cause in mechanism.causes {
            let wrong = mechanism.faulty;
            assert!(
                causes.contains(*cause),
                "{wrong} does not name `{cause}`: {causes:?}\n{stories_of_all}"
            );
        }
    }
    insta::assert_snapshot!(stories_of_all);
}
