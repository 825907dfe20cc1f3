//! Cancellation at every await: the client's call is cancelled at each of its suspensions in turn.

use crosswire::Storm;
use crosswire::every_await::{EveryAwait, cancelled_at, every_await};
use crosswire::sim::play;
use crosswire_checker::{InvariantId, Verdict};

/// Runs seed 7 of `pair` with a client, cancelled at each suspension. Also returns their number.
fn pair(client: &str) -> (u64, EveryAwait) {
    let storm = Storm::named("pair").client(client);
    let suspensions = storm.play(7).expect("a run").suspensions;
    let client = storm.client_under_test();
    let found =
        every_await(&storm.plan(7), &client, suspensions, 2, &|_| (), &|| false).expect("no panic");
    (suspensions, found)
}

#[test]
fn correct_clients_may_be_cancelled_wherever_they_wait() {
    for client in ["pooled", "redis-rs", "pipelined", "multiplexed", "slotted"] {
        let (suspensions, found) = pair(client);
        assert!(suspensions >= 20, "{client} waits {suspensions} times");
        assert_eq!(found.clean.len() as u64, suspensions, "{client}: {found:?}");
    }
}

#[test]
fn a_pool_that_keeps_cancelled_connections_is_found_once_a_command_is_in_flight() {
    let (_, found) = pair("pooled-cancel-desync");
    // At the first suspension the connection is still being opened: nothing was sent on it.
    assert_eq!(found.violated.first(), Some(&2));
    for id in [InvariantId::I7, InvariantId::I4] {
        assert!(found.broken.contains_key(&id), "{id}: {found:?}");
    }
    assert_eq!(found.verdict(), Verdict::Violated);
}

#[test]
fn the_enumeration_is_the_same_each_time() {
    let (first, second) = (pair("pooled-cancel-desync").1, pair("pooled-cancel-desync").1);
    assert_eq!((&first.violated, &first.broken), (&second.violated, &second.broken));
    let digest = |found: &EveryAwait| found.first.as_ref().expect("a find").output.digest;
    assert_eq!(digest(&first).to_string(), digest(&second).to_string());
}

#[test]
fn each_suspension_is_one_cancellation_and_one_only() {
    let storm = Storm::named("pair").client("pooled");
    let (plan, client) = (storm.plan(7), storm.client_under_test());
    for at in [1, 2, 9] {
        let played = play(&cancelled_at(&plan, at), &client).expect("a run");
        assert_eq!(played.findings.fired.get("call-cancelled"), Some(&1), "at {at}");
    }
    let beyond = play(&cancelled_at(&plan, 1_000_000), &client).expect("a run");
    let whole = play(&plan, &client).expect("a run");
    assert_eq!(beyond.digest.to_string(), whole.digest.to_string());
    // A cancellation that did not happen has not been shown to be harmless.
    let verdicts = [beyond, whole].map(|played| played.findings.verdict);
    assert_eq!(verdicts, [Verdict::Inconclusive, Verdict::Clean]);
}

#[test]
fn in_a_storm_the_fault_point_cancels_in_the_same_way() {
    let mut scenario = crosswire::scenarios::scenario("calm").expect("a scenario");
    scenario.points.insert("call-cancelled".to_owned(), 0.05);
    Storm::of(scenario.clone()).client("pooled").seeds(4).run().assert_clean();
    let faulty = Storm::of(scenario).client("pooled-cancel-desync").seeds(4).run();
    assert!(!faulty.seeds_with(Verdict::Violated).is_empty());
}
