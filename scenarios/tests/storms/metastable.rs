//! A collapse caused by retries and capacity alone: I13 reports it, and either more capacity or
//! less eager retries end it.

use crosswire::plan::Scenario;
use crosswire::plan::scenario::{Backoff, BackoffFamily};
use crosswire::sim::RunOutput;
use crosswire::{Outcome, Storm, scenarios};
use crosswire_checker::InvariantId;

const SEEDS: u64 = 8;

fn scenario() -> Scenario {
    scenarios::scenario("metastable").expect("a built-in scenario")
}

fn play(scenario: Scenario) -> Outcome {
    Storm::of(scenario).seeds(SEEDS).run()
}

fn runs(outcome: &Outcome) -> impl Iterator<Item = &RunOutput> {
    outcome.runs.iter().map(|one| one.run.as_ref().expect("no panic"))
}

fn broken(played: &RunOutput, id: InvariantId) -> u64 {
    played.findings.counts.get(&id).copied().unwrap_or(0)
}

#[test]
fn the_storm_outlives_its_cause() {
    let outcome = play(scenario());
    // Windows of two seconds are judged from 12 s after the last fault: most of the rest of the run
    // must be lost, not only its beginning.
    let collapsed = runs(&outcome).filter(|played| broken(played, InvariantId::I13) >= 6).count();
    assert!(collapsed >= 6, "only {collapsed} of {SEEDS} stay down");
}

#[test]
fn no_user_sees_foreign_events_meanwhile() {
    for played in runs(&play(scenario())) {
        // Late deliveries (I11) follow from the collapse; no other violation may.
        let counts = &played.findings.counts;
        let late = [InvariantId::I11, InvariantId::I13];
        let others: Vec<_> = counts.keys().filter(|id| !late.contains(id)).collect();
        assert!(others.is_empty(), "{others:?}");
    }
}

#[test]
fn a_directory_of_twice_the_size_recovers() {
    let mut scenario = scenario();
    scenario.directory.connections *= 2;
    play(scenario).assert_clean();
}

#[test]
fn jittered_back_off_recovers_with_the_small_directory() {
    let mut scenario = scenario();
    scenario.workload.backoffs = vec![Backoff {
        family: BackoffFamily::FullJitter,
        base_ms: 500,
        cap_ms: 8_000,
        weight: 1.0,
        reset_after_ms: 20_000,
    }];
    play(scenario).assert_clean();
}

#[test]
fn without_the_outage_there_is_no_collapse() {
    let mut scenario = scenario();
    scenario.faults.clear();
    scenario
        .reach
        .retain(|situation, _| ["push-delivered", "list-delivered"].contains(&&**situation));
    play(scenario).assert_clean();
}
