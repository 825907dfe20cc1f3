//! The same seed gives the same run: twice in one process, and on other threads. Other processes
//! are tested in `crates/cli/tests/cli/processes.rs`, other builds in `ci/same-in-release`.

use crosswire::sim::ClientUnderTest;
use crosswire::{Storm, cache};

/// Number of seeds that each client runs.
const SEEDS: u64 = 50;

/// A swarm whose seeds have different faults and weather, small enough to run thousands of times.
fn small_swarm() -> Storm {
    let mut scenario = crosswire::scenarios::scenario("swarm").expect("a built-in scenario");
    let draw = &mut scenario.swarm.as_mut().expect("a swarm").draw;
    let small = [
        ("cast.cameras", [4.0, 6.0]),
        ("cast.phones", [5.0, 8.0]),
        ("workload.event_every_ms", [1_500.0, 5_000.0]),
        ("workload.open_every_ms", [1_500.0, 4_500.0]),
    ];
    draw.extend(small.map(|(name, range)| (name.to_owned(), range)));
    Storm::of(scenario)
}

fn digests(storm: &Storm, seeds: u64, threads: usize) -> Vec<String> {
    let outcome = storm.clone().seeds(seeds).threads(threads).run();
    let runs = outcome.runs.into_iter();
    runs.map(|one| format!("{} {}", one.seed, one.run.expect("no panic").digest)).collect()
}

#[test]
fn every_client_gives_the_same_digests_on_one_thread_and_on_four() {
    for client in cache::all() {
        let storm = small_swarm().client(client.name);
        let one_by_one = digests(&storm, SEEDS, 1);
        assert_eq!(one_by_one, digests(&storm, SEEDS, 4), "{}", client.name);
    }
}

#[test]
fn seeds_and_clients_make_a_difference() {
    let digest = |client: &str, seed| {
        let played = small_swarm().client(client).play(seed).expect("no panic");
        played.digest.to_string()
    };
    assert_ne!(digest("pooled", 1), digest("pooled", 2));
    assert_ne!(digest("pooled", 1), digest("multiplexed", 1));
}

#[test]
fn all_clients_have_a_name_that_finds_them() {
    for client in cache::all() {
        assert_eq!(ClientUnderTest::named(client.name).expect("listed").name, client.name);
    }
}
