//! State shared by the requests of a gateway: buffers, a response cache at the edge, workers. Each
//! mistake in it is found within a few seeds, its correct twin is clean, and the defences stop
//! exactly what they claim to stop.

use crosswire::plan::scenario::FaultSpec;
use crosswire::plan::{FaultKind, Scenario};
use crosswire::{Outcome, Storm};
use crosswire_checker::InvariantId;

const SEEDS: u64 = 6;

/// A faulty service, its correct twin, and the scenario that is about it.
const PAIRS: [(&str, &str, &str); 4] = [
    ("media-buffer-recycled", "media-buffer-pooled", "shared-context"),
    ("media-buffer-recycled", "media-buffer-pooled", "reconnect-storm"),
    ("edge-cache-by-path", "edge-cache-by-principal", "emergency-cache"),
    ("ambient-user", "passed-user", "shared-context"),
];

fn count(outcome: &Outcome, id: InvariantId) -> u64 {
    let runs = outcome.runs.iter().map(|one| one.run.as_ref().expect("no panic"));
    runs.map(|played| played.findings.counts.get(&id).copied().unwrap_or(0)).sum()
}

fn storm(scenario: &str, service: &str) -> Storm {
    Storm::named(scenario).service_named(service).seeds(SEEDS)
}

fn leaks(storm: &Storm) -> u64 {
    count(&storm.run(), InvariantId::I1)
}

#[test]
fn each_mistake_leaks_and_its_correct_twin_does_not() {
    for (wrong, right, scenario) in PAIRS {
        assert!(leaks(&storm(scenario, wrong)) > 0, "{wrong} on {scenario}");
        storm(scenario, right).run().assert_clean();
    }
}

#[test]
fn without_its_trigger_each_works() {
    for (wrong, _, _) in PAIRS {
        storm("calm", wrong).seeds(12).run().assert_clean();
    }
    // Without an emergency there is no edge cache; without a crowd no worker is shared.
    storm("reconnect-storm", "edge-cache-by-path").run().assert_clean();
    storm("emergency-cache", "ambient-user").run().assert_clean();
}

/// A correct label over wrong bytes, and a verification that asks for the wrong user: a check of
/// the owner stops neither.
#[test]
fn verify_at_delivery_stops_neither_a_recycled_buffer_nor_an_ambient_user() {
    for service in ["media-buffer-recycled", "ambient-user"] {
        assert!(leaks(&storm("shared-context", service).defence("verify-at-delivery")) > 0);
    }
    let recycled = storm("shared-context", "media-buffer-recycled").run();
    assert!(count(&recycled, InvariantId::I2) > 0, "a recycled buffer must violate I2");
}

#[test]
fn the_principal_in_the_key_stops_a_cache_by_path_and_nothing_else() {
    let defended = |service| storm("emergency-cache", service).defence("principal-in-key");
    defended("edge-cache-by-path").run().assert_clean();
    assert!(leaks(&defended("media-buffer-recycled")) > 0);
    let in_the_crowd = storm("shared-context", "ambient-user").defence("principal-in-key");
    assert!(leaks(&in_the_crowd) > 0);
}

/// Calm weather with an emergency, and if asked a crash of one gateway in its middle.
fn calm_but_for_an_emergency(crash: bool) -> Scenario {
    let mut scenario = crosswire::scenarios::scenario("calm").expect("a built-in scenario");
    scenario.duration_ms = 30_000;
    let fault = |kind, start_ms: u64, length_ms: u64| {
        FaultSpec::new(kind, start_ms, length_ms).on("gateway-1")
    };
    scenario.faults.push(fault(FaultKind::EmergencyCache, 1, 12_000));
    if crash {
        scenario.faults.push(fault(FaultKind::GatewayCrash, 2, 300));
    }
    scenario
}

#[test]
fn the_emergency_is_where_it_was_declared_and_outlives_a_restart() {
    for crash in [false, true] {
        let storm = Storm::of(calm_but_for_an_emergency(crash)).seeds(12);
        assert!(leaks(&storm.clone().service_named("edge-cache-by-path")) > 0, "crash: {crash}");
        storm.service_named("edge-cache-by-principal").run().assert_clean();
    }
}
