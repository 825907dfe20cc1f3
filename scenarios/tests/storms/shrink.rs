//! Plans written out and made smaller.

use crosswire::determinism::same;
use crosswire::plan::{Seed, draw};
use crosswire::shrink::strategy::Storms;
use crosswire::shrink::written::written_out;
use crosswire::stage::{ClientUnderTest, play};
use crosswire_checker::Verdict;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::sync::Arc;

/// What the dice said can be written down, and plays as they said.
#[test]
fn a_plan_that_is_written_out_plays_as_it_was_drawn() {
    for (scenario, client) in
        [("reconnect-storm", "pooled"), ("resale", "multiplexed"), ("brownout", "near-cache")]
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

/// A `proptest!` of one's own takes a storm as its input, and gets it back small.
#[test]
fn a_property_that_fails_is_told_of_a_small_storm() {
    let scenario = crosswire::library::scenario("notification-mix-up").expect("a scenario");
    let client = ClientUnderTest::named("pooled-cancel-desync").expect("a client");
    let config =
        Config { cases: 8, max_shrink_iters: 400, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let storms = Storms::of(scenario).written_out_with(client.clone());
    let failed = runner.run(&storms, |plan| {
        let (played, _) = play(&Arc::new(plan), &client, Vec::new()).expect("no panic");
        prop_assert!(played.findings.verdict != Verdict::Violated);
        Ok(())
    });
    let Err(TestError::Fail(_, small)) = failed else { panic!("{failed:?}") };
    let script = small.script.as_ref().expect("it is written out");
    assert!(script.acts() < 60, "{} acts", script.acts());
    assert!(small.faults.len() <= 4, "{:?}", small.faults);
}
