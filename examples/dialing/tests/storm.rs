//! The clients under the storm: each run follows from its seed, and what is clean stays so.

use crosswire::Storm;
use dialing::{Bb8Redis, ConnectionManager, DeadpoolRedis, Fred, FredGuarded, Rustis};
use std::thread;

/// Runs each seed on two threads at a time, and expects the same history twice.
fn runs_the_same_twice(storm: &Storm) {
    for seed in 0..3 {
        let (first, second) = thread::scope(|scope| {
            let other = scope.spawn(|| storm.play(seed));
            (storm.play(seed), other.join())
        });
        let first = first.expect("the run ends");
        let second = second.expect("a storm catches panics").expect("the run ends");
        assert_eq!(first.digest, second.digest, "seed {seed}");
        assert!(first.entries > 1_000, "seed {seed} has {} entries", first.entries);
    }
}

macro_rules! clients {
    ($($module:ident: $name:literal, $client:ty;)*) => {$(
        mod $module {
            use super::*;

            fn storm(scenario: &str) -> Storm {
                Storm::named(scenario).cache_client($name, <$client>::connect)
            }

            #[test]
            fn runs_the_same_twice() {
                super::runs_the_same_twice(&storm("swarm"));
            }

            #[test]
            fn is_clean_when_nothing_fails() {
                storm("calm").seeds(4).run().assert_clean();
            }

            #[test]
            fn is_clean_in_the_storm_of_reconnects() {
                storm("reconnect-storm").seeds(4).run().assert_clean();
            }
        }
    )*};
}

clients! {
    connection_manager: "connection-manager", ConnectionManager;
    bb8_redis: "bb8-redis", Bb8Redis;
    deadpool_redis: "deadpool-redis", DeadpoolRedis;
    fred: "fred", Fred;
    fred_guarded: "fred-guarded", FredGuarded;
    rustis: "rustis", Rustis;
}
