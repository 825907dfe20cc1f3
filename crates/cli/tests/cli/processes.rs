//! A seed gives the same run in every process.

use crate::support::crosswire;
use crosswire::{Storm, cache};

#[test]
fn another_process_gives_the_same_digest() {
    for (seed, client) in (0_u64..).zip(cache::all()) {
        let here = Storm::named("calm").client(client.name).play(seed).expect("no panic").digest;
        let seed = seed.to_string();
        let run = crosswire(&["run", "calm", "--json", "--seed", &seed, "--client", client.name]);
        let there: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
        assert_eq!(there["digest"], here.to_string(), "{}", client.name);
    }
}
