//! The same seed gives the same run: twice in one process, and on other threads. Another process is
//! in `sim/tests/cli/processes.rs`, another build in `ci/same-in-release`.

use crosswire::stage::ClientUnderTest;
use crosswire::{Storm, cache};

/// Seeds that each client is played with. The issue is to differ in as little as one entry.
const SEEDS: u64 = 50;

/// A storm that is small enough to be played hundreds of times and in which everything happens.
fn small_storm() -> Storm {
    let mut scenario = crosswire::library::scenario("reconnect-storm").expect("it is shipped");
    scenario.cast.cameras = 40;
    scenario.cast.phones = 40;
    Storm::of(scenario)
}

fn digests(storm: &Storm, seeds: u64, threads: usize) -> Vec<String> {
    let outcome = storm.clone().seeds(seeds).threads(threads).run();
    let runs = outcome.runs.into_iter();
    runs.map(|(seed, run)| format!("{seed} {}", run.expect("no panic").digest)).collect()
}

#[test]
fn every_client_gives_the_same_digests_on_one_thread_and_on_four() {
    for client in cache::all() {
        let storm = small_storm().client(client.name);
        let one_by_one = digests(&storm, SEEDS, 1);
        assert_eq!(one_by_one, digests(&storm, SEEDS, 4), "{}", client.name);
    }
}

#[test]
fn seeds_and_clients_make_a_difference() {
    let digest = |client: &str, seed| {
        let played = small_storm().client(client).play(seed).expect("no panic");
        played.digest.to_string()
    };
    assert_ne!(digest("pooled", 1), digest("pooled", 2));
    assert_ne!(digest("pooled", 1), digest("sharded-mget", 1));
}

#[test]
fn all_clients_have_a_name_that_finds_them() {
    for client in cache::all() {
        assert_eq!(ClientUnderTest::named(client.name).expect("listed").name, client.name);
    }
}
