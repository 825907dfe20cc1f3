//! Plans that are written out and minimized.

use crosswire::Storm;
use crosswire::determinism::same;
use crosswire::mechanisms::forms;
use crosswire::minimize::strategy::Storms;
use crosswire::minimize::written::written_out;
use crosswire::minimize::{Minimize, Shows};
use crosswire::plan::{Plan, Seed, draw};
use crosswire::sim::{ClientUnderTest, play};
use crosswire_checker::Verdict;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::sync::Arc;
use std::time::Duration;

/// A plan can be written out with all its random choices, and then runs as before.
#[test]
fn a_plan_that_is_written_out_plays_as_it_was_drawn() {
    for (scenario, client) in
        [("reconnect-storm", "pooled"), ("resale", "multiplexed"), ("brownout", "near-cache")]
    {
        let scenario = crosswire::scenarios::scenario(scenario).expect("a scenario");
        let client = ClientUnderTest::named(client).expect("a client");
        for seed in 0..6 {
            let plan = Arc::new(draw(&scenario, Seed(seed)));
            let (written, _) = written_out(&plan, &client).expect("no panic");
            let same = same(&plan, &Arc::new(written), &client);
            same.unwrap_or_else(|difference| panic!("{}, {seed}: {difference}", plan.scenario));
        }
    }
}

/// Removing something can make users and clients retry more, so a candidate can be larger.
#[test]
fn no_run_is_minimized_to_a_larger_one() {
    for mechanism in forms() {
        for (scenario, seed) in [(mechanism.scenario, 0), ("swarm", 1)] {
            let storm = Storm::named(scenario)
                .client(mechanism.client(false))
                .service_named(mechanism.service(false));
            let (mut plan, client) = (Plan::clone(&storm.plan(seed)), storm.client_under_test());
            let whole = storm.play(seed).expect("no panic").findings;
            let Some(shows) = Shows::of(&whole) else { continue };
            let mut requests = whole.requests;
            // A run that was minimized before is more likely to grow.
            for _ in 0..2 {
                let budget = Duration::from_millis(250);
                let minimize = Minimize { plan: &plan, client: &client, shows: &shows, budget };
                plan = minimize.run(|_| true).0;
                let small = play(&Arc::new(plan.clone()), &client);
                let small = small.expect("no panic").findings;
                let what = format!("{}, {scenario}, seed {seed}", mechanism.faulty);
                assert!(shows.is_among(&small), "{what}: it shows something else");
                assert!(small.requests <= requests, "{what}: {requests} to {}", small.requests);
                requests = small.requests;
            }
        }
    }
}

/// A user's `proptest!` takes a storm as its input, and gets it minimized.
#[test]
fn a_failing_property_gets_a_small_storm() {
    let scenario = crosswire::scenarios::scenario("notification-mix-up").expect("a scenario");
    let client = ClientUnderTest::named("pooled-cancel-desync").expect("a client");
    let config =
        Config { cases: 8, max_shrink_iters: 400, failure_persistence: None, ..Config::default() };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let storms = Storms::of(scenario).written_out_with(client.clone());
    let failed = runner.run(&storms, |plan| {
        let played = play(&Arc::new(plan), &client).expect("no panic");
        prop_assert!(played.findings.verdict != Verdict::Violated);
        Ok(())
    });
    let Err(TestError::Fail(_, small)) = failed else { panic!("{failed:?}") };
    let script = small.script.as_ref().expect("it is written out");
    assert!(script.acts() < 60, "{} acts", script.acts());
    assert!(small.faults.len() <= 4, "{:?}", small.faults);
}
