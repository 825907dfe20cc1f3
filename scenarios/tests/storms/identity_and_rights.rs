//! Two cameras with one identity, and cameras that are sold while people change their minds: which
//! services are taken in, and which invariant says so. A slice; the claims are tested in full with
//! more seeds.

use crosswire::Storm;

/// The invariants that are violated when `seeds` seeds are played, each once.
fn violated(scenario: &str, service: &str, seeds: u64) -> Vec<String> {
    let outcome = Storm::named(scenario).service(service).seeds(seeds).run();
    let runs = outcome.runs.iter().map(|(seed, run)| match run {
        Ok(played) => &played.findings,
        Err(error) => panic!("{scenario}, {service}, seed {seed}: {error}"),
    });
    let mut ids: Vec<_> = runs.flat_map(|findings| findings.counts.keys().cloned()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn right_services_keep_doubles_out_and_rights_straight() {
    for (scenario, service) in
        [("cloned-identity", "standard"), ("resale", "standard"), ("resale", "keyed-retry")]
    {
        Storm::named(scenario).service(service).seeds(10).run().assert_clean();
    }
}

#[test]
fn who_trusts_a_name_takes_two_cameras_for_one() {
    assert_eq!(violated("cloned-identity", "trusting-identity", 2), ["I1", "I9"]);
}

#[test]
fn a_transfer_in_steps_leaves_guests_behind() {
    assert!(violated("resale", "stepwise-transfer", 5).contains(&"I1".to_owned()));
}

#[test]
fn a_change_tried_again_without_its_key_comes_back_as_a_zombie() {
    assert_eq!(violated("resale", "zombie-retry", 10), ["I6"]);
}

#[test]
fn whoever_pushes_each_upload_pushes_twice() {
    assert_eq!(violated("resale", "push-per-upload", 5), ["I10"]);
}

#[test]
fn on_a_calm_day_nobody_notices() {
    for service in ["trusting-identity", "stepwise-transfer", "zombie-retry", "push-per-upload"] {
        Storm::named("calm").service(service).seeds(5).run().assert_clean();
    }
}
