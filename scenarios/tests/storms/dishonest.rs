//! Dishonest phones and cameras, against the built-in services, which deny what they ask for.

use crosswire::Storm;
use crosswire::plan::scenario::Scenario;
use crosswire_checker::Verdict;

/// The situations that dishonest devices cause.
const TRIED: [&str; 6] = [
    "foreign-event-asked",
    "old-event-asked",
    "forged-link",
    "expired-link",
    "foreign-upload",
    "asked-unauthenticated",
];

fn scenario(name: &str, share: f64) -> Scenario {
    let scenario = crosswire::scenarios::scenario(name).expect("a built-in scenario");
    scenario.with(|it| it.workload.dishonest = Some(share))
}

/// The services that are correct, each with another part.
const CORRECT: [&str; 7] = [
    "standard",
    "single-flight",
    "long-lived",
    "media-buffer-pooled",
    "edge-cache-by-principal",
    "passed-user",
    "keyed-retry",
];

#[test]
fn correct_services_deny_all_of_it() {
    for service in CORRECT {
        let storm = Storm::of(scenario("swarm", 0.5)).service_named(service).seeds(10);
        let outcome = storm.run();
        outcome.assert_clean();
        for situation in TRIED {
            assert!(outcome.reached()[situation] > 0, "{service}: {situation}");
        }
    }
}

#[test]
fn other_scenarios_are_clean_too() {
    for name in ["calm", "reconnect-storm", "notification-mix-up", "resale", "brownout"] {
        Storm::of(scenario(name, 0.5)).seeds(3).run().assert_clean();
    }
}

/// A share of 0 is not a share that is left out: a user's service then meets honest devices only.
/// For a built-in service both are the same run.
#[test]
fn without_dishonest_devices_nothing_changes() {
    for seed in 0..3 {
        let digest = |storm: Storm| storm.play(seed).expect("a run").digest;
        let none = digest(Storm::of(scenario("swarm", 0.0)));
        assert_eq!(none, digest(Storm::named("swarm")));
        assert_ne!(none, digest(Storm::of(scenario("swarm", 0.5))));
    }
}

#[test]
fn in_a_small_cast_nothing_is_required_of_them() {
    let outcome = Storm::of(scenario("pair", 1.0)).seeds(2).run();
    outcome.assert_clean();
    assert_eq!(outcome.seeds_with(Verdict::Clean).len(), 2);
}
