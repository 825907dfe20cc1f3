//! Services that act on outdated facts, their correct twins, and the defences that stop them.

use crosswire::Storm;
use crosswire_checker::{InvariantId, Verdict};

fn brownout(service: &str) -> Storm {
    Storm::named("brownout").client("pooled").service_named(service)
}

fn leaks(storm: &Storm) -> u64 {
    let outcome = storm.run();
    let runs = outcome.runs.iter().map(|one| one.run.as_ref().expect("no panic"));
    runs.map(|played| played.findings.counts.get(&InvariantId::I1).copied().unwrap_or(0)).sum()
}

/// Each faulty service with its correct twin.
const FAULTY: [(&str, &str); 4] = [
    ("single-flight-late-joiner", "single-flight"),
    ("long-lived-stale-set", "long-lived"),
    ("replica-reads", "standard"),
    ("serve-expired", "standard"),
];

#[test]
fn a_brown_out_finds_each_and_clears_its_twin() {
    for (name, twin) in FAULTY {
        assert!(leaks(&brownout(name).seeds(12)) > 0, "{name}");
        brownout(twin).seeds(12).run().assert_clean();
    }
}

#[test]
fn in_calm_weather_they_work() {
    for name in FAULTY.into_iter().flat_map(|(name, twin)| [name, twin]) {
        Storm::named("calm").service_named(name).seeds(6).run().assert_clean();
    }
}

#[test]
fn a_stale_set_is_stopped_by_leases_and_by_versions() {
    for defence in ["leases", "versioned-entries"] {
        let outcome = brownout("long-lived-stale-set").defence(defence).seeds(12).run();
        outcome.assert_clean();
    }
}

/// Leases and versions decide who may fill an entry, which does not help against answers from an
/// old source. Asking the primary about the very event does.
#[test]
fn answers_from_an_old_source_are_stopped_at_delivery_only() {
    for name in ["single-flight-late-joiner", "replica-reads", "serve-expired"] {
        assert!(leaks(&brownout(name).defence("leases").seeds(8)) > 0, "{name}");
        for defence in ["verify-at-delivery", "sealed-owner-tag"] {
            assert_eq!(leaks(&brownout(name).defence(defence).seeds(8)), 0, "{name} {defence}");
        }
    }
}

/// The trap: a verification that uses the client it should check.
#[test]
fn a_verification_over_the_same_client_does_not_stop_a_desync() {
    let with = |defence| {
        let storm = Storm::named("reconnect-storm").client("pooled-cancel-desync");
        leaks(&storm.defence(defence).seeds(8))
    };
    assert!(with("verify-over-same-client") > 0);
    assert_eq!(with("verify-at-delivery"), 0);
    assert_eq!(with("sealed-owner-tag"), 0);
}

#[test]
fn with_a_correct_client_and_service_no_defence_does_harm() {
    let all = ["leases", "versioned-entries", "sealed-owner-tag", "verify-over-same-client"];
    for defence in all {
        brownout("standard").defence(defence).seeds(6).run().assert_clean();
    }
    let together = all.into_iter().fold(brownout("standard"), Storm::defence);
    let outcome = together.seeds(6).run();
    outcome.assert_clean();
    assert_eq!(outcome.seeds_with(Verdict::Clean).len(), 6);
}
