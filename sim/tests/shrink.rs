//! Plans written out and made smaller.

use crosswire::determinism::same;
use crosswire::plan::{Seed, draw};
use crosswire::shrink::written::written_out;
use crosswire::stage::ClientUnderTest;
use std::sync::Arc;

/// What the dice said can be written down, and plays as they said.
#[test]
fn a_plan_that_is_written_out_plays_as_it_was_drawn() {
    for (scenario, client) in
        [("reconnect-storm", "pooled"), ("swarm", "multiplexed"), ("swarm", "near-cache")]
    {
        let scenario = crosswire::library::scenario(scenario).expect("a scenario");
        let client = ClientUnderTest::named(client).expect("a client");
        for seed in 0..6 {
            let plan = Arc::new(draw(&scenario, Seed(seed)));
            let (written, _) = written_out(&plan, &client).expect("no panic");
            let same = same(&plan, &Arc::new(written), &client);
            same.unwrap_or_else(|difference| panic!("{}, {seed}: {difference}", plan.scenario));
        }
    }
}
