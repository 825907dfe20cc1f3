//! A slice of each claim of docs/reports/claims.md, and properties that hold in every run.

use crate::first_broken;
use crosswire::Storm;
use crosswire::storm::SeedRun;
use crosswire_checker::{InvariantId, Verdict};
use crosswire_claims::{CLAIMS, Claim, Expected};

/// Returns the number of seeds of a claim that run here; `ci/sweep` runs all.
fn slice(claim: &Claim) -> u64 {
    match (claim.scenario, claim.expected) {
        ("wyze-2024", _) => 1,
        (_, Expected::Clean) => 3,
        (_, Expected::Caught) => 5,
        (_, Expected::Leak) => 10,
    }
}

#[test]
fn every_claim_holds_on_its_first_seeds() {
    for claim in CLAIMS {
        let result = claim.test(slice(claim));
        assert_eq!(result.broken, None, "{} on {}", claim.client, claim.scenario);
    }
}

/// Mechanism 1 is caught at its cause: in every run with a leak, a connection was reused with a
/// reply unread, or a reply reached the wrong caller, no later than the first leak.
#[test]
fn a_desync_is_caught_before_or_together_with_its_first_leak() {
    let outcome = Storm::named("reconnect-storm").client("pooled-cancel-desync").seeds(24).run();
    let mut leaks = 0;
    for SeedRun { seed, run, .. } in &outcome.runs {
        let findings = &run.as_ref().expect("no panic").findings;
        let Some(leak) = first_broken(findings, &[InvariantId::I1]) else { continue };
        let cause = first_broken(findings, &[InvariantId::I4, InvariantId::I7]);
        assert!(cause.is_some_and(|cause| cause <= leak), "seed {seed}: {cause:?} and {leak}");
        leaks += 1;
    }
    assert!(leaks > 0, "none of the seeds leaked");
}

/// The published defences stop what users would have seen; the client still corrupts its
/// connections.
#[test]
fn the_published_defences_stop_the_leak() {
    let leaks = |storm: Storm| {
        let outcome = storm.client("pooled-cancel-desync").seeds(8).run();
        let runs = outcome.runs.iter().map(|one| one.run.as_ref().expect("no panic"));
        runs.map(|played| played.findings.counts.get(&InvariantId::I1).copied().unwrap_or(0))
            .sum::<u64>()
    };
    let storm = || Storm::named("reconnect-storm");
    assert!(leaks(storm()) > 0);
    assert_eq!(leaks(storm().defence("verify-at-delivery")), 0);
    assert_eq!(leaks(storm().defence("bypass-relation-cache")), 0);
    assert_eq!(leaks(storm().defence("verify-at-delivery").defence("bypass-relation-cache")), 0);
}

/// A world in which nothing happens is not called clean.
#[test]
fn a_storm_without_its_faults_is_inconclusive() {
    let mut scenario =
        crosswire::scenarios::scenario("reconnect-storm").expect("a built-in scenario");
    scenario.faults.clear();
    let played = Storm::of(scenario).play(1).expect("no panic");
    assert_eq!(played.findings.verdict, Verdict::Inconclusive);
    assert!(played.findings.missing.iter().any(|missing| missing.situation == "faults-delivered"));
}

#[test]
fn every_client_has_a_claim() {
    for client in crosswire::cache::all() {
        let mut claims = CLAIMS.iter().filter(|claim| claim.client == client.name);
        let caught = |claim: &Claim| claim.expected != Expected::Clean;
        assert!(claims.any(|claim| caught(claim) == client.twin.is_some()), "{}", client.name);
    }
}

/// Each kind of fault by itself: it is delivered, correct clients hold, and the world recovers.
#[test]
fn every_kind_of_fault_is_survived_by_correct_clients() {
    use crosswire::plan::FaultKind;
    use crosswire::plan::scenario::FaultSpec;
    let calm = crosswire::scenarios::scenario("calm").expect("a built-in scenario");
    for kind in FaultKind::ALL {
        let mut scenario = calm.clone();
        scenario.duration_ms = 30_000;
        scenario.recovery.within_ms = 12_000;
        scenario.faults = vec![FaultSpec::new(kind, 5_000..=6_000, 2_000..=4_000)];
        scenario.reach.insert("faults-delivered".to_owned(), 1);
        for client in ["pooled", "redis-rs", "pipelined", "multiplexed", "slotted"] {
            Storm::of(scenario.clone()).client(client).seeds(3).run().assert_clean();
        }
    }
}

/// Partitions by zone, by node, by link and one way.
#[test]
fn every_shape_of_partition_is_survived_by_correct_clients() {
    use crosswire::plan::FaultKind;
    use crosswire::plan::scenario::FaultSpec;
    let calm = crosswire::scenarios::scenario("calm").expect("a built-in scenario");
    for target in
        ["zone-1", "gateway-0", "directory", "cameras", "gateway-1>cache-0", "phones~gateway-2"]
    {
        let mut scenario = calm.clone();
        scenario.duration_ms = 30_000;
        scenario.faults = vec![FaultSpec::new(FaultKind::Partition, 5_000, 3_000).on(target)];
        Storm::of(scenario).client("pooled").seeds(6).run().assert_clean();
    }
}
