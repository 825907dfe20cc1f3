//! Two cameras with one identity, and cameras that are sold while users change their minds: which
//! services are deceived, and which invariant reports it. A slice; the claims run in full with more
//! seeds.

use crosswire::Storm;
use crosswire::storm::SeedRun;
use crosswire_checker::InvariantId;

/// Returns the invariants that are violated in `seeds` seeds, each once.
fn violated(scenario: &str, service: &str, seeds: u64) -> Vec<InvariantId> {
    let outcome = Storm::named(scenario).service_named(service).seeds(seeds).run();
    let runs = outcome.runs.iter().map(|SeedRun { seed, run, .. }| match run {
        Ok(played) => &played.findings,
        Err(error) => panic!("{scenario}, {service}, seed {seed}: {error}"),
    });
    let mut ids: Vec<_> = runs.flat_map(|findings| findings.counts.keys().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn correct_services_reject_doubles_and_keep_rights_straight() {
    for (scenario, service) in
        [("cloned-identity", "standard"), ("resale", "standard"), ("resale", "keyed-retry")]
    {
        Storm::named(scenario).service_named(service).seeds(10).run().assert_clean();
    }
}

#[test]
fn a_service_that_trusts_a_name_takes_two_cameras_for_one() {
    assert_eq!(
        violated("cloned-identity", "trusting-identity", 2),
        [InvariantId::I1, InvariantId::I9]
    );
}

#[test]
fn a_transfer_in_steps_leaves_guests_behind() {
    assert!(violated("resale", "stepwise-transfer", 5).contains(&InvariantId::I1));
}

#[test]
fn a_change_tried_again_without_its_key_comes_back_as_a_zombie() {
    assert_eq!(violated("resale", "zombie-retry", 10), [InvariantId::I6]);
}

#[test]
fn a_push_for_each_upload_pushes_twice() {
    assert_eq!(violated("resale", "push-per-upload", 5), [InvariantId::I10]);
}

#[test]
fn in_calm_weather_none_shows() {
    for service in ["trusting-identity", "stepwise-transfer", "zombie-retry", "push-per-upload"] {
        Storm::named("calm").service_named(service).seeds(5).run().assert_clean();
    }
}
