//! The swarm visits every fault point, finds mistakes and accuses no correct client or service.

use crosswire::Storm;
use crosswire::mechanisms::MECHANISMS;
use crosswire::storm::SeedRun;
use crosswire_checker::Verdict;
use crosswire_claims::tally::correct_pairs;
use std::collections::BTreeSet;

/// A fault point that never fires tests nothing: it is in the wrong place, or nothing arms it.
#[test]
fn every_fault_point_fires_within_a_thousand_seeds() {
    let points = crosswire::catalog::items(crosswire::catalog::Kind::Points);
    let mut silent: BTreeSet<_> = points.into_iter().map(|point| point.name).collect();
    for some in (0..1_000).step_by(50) {
        let outcome = Storm::named("swarm").from_seed(some).seeds(50).run();
        for SeedRun { seed, run, .. } in &outcome.runs {
            let findings = &run.as_ref().expect("no panic").findings;
            assert_ne!(findings.verdict, Verdict::Violated, "seed {seed}");
            silent.retain(|point| !findings.fired.contains_key(point));
        }
        if silent.is_empty() {
            return;
        }
    }
    panic!("never fired: {silent:?}");
}

#[test]
fn correct_clients_and_services_are_not_accused() {
    for (client, service) in correct_pairs() {
        let outcome = Storm::named("swarm").client(client).service_named(service).seeds(12).run();
        if let Some((seed, played)) = outcome.first_violated() {
            panic!("{client}@{service}, seed {seed}: {:?}", played.findings.counts);
        }
    }
}

/// A slice of `ci/detection`, for most mechanisms; the full run finds the others.
#[test]
fn most_mechanisms_are_found_in_the_first_fifty_seeds() {
    let found = MECHANISMS.iter().filter(|mechanism| {
        let storm = Storm::named("swarm");
        let storm = storm.client(mechanism.client(false)).service_named(mechanism.service(false));
        (0..50).any(|seed| {
            let played = storm.play(seed).expect("no panic");
            played.findings.verdict == Verdict::Violated
        })
    });
    let found: Vec<_> = found.map(|mechanism| mechanism.number).collect();
    assert!(found.len() >= 18, "only {found:?}");
}

/// Mistakes do not show until the storm.
#[test]
fn every_client_and_every_service_is_clean_in_calm_weather() {
    let clients = crosswire::cache::all().iter().map(|spec| (spec.name, "standard"));
    let services = crosswire::services().iter().map(|spec| ("pooled", spec.name));
    for (client, service) in clients.chain(services) {
        Storm::named("calm").client(client).service_named(service).seeds(6).run().assert_clean();
    }
}
