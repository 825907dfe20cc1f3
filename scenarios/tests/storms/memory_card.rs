//! A camera whose memory card is full overwrites its oldest event, even while it uploads it.

use crosswire::Storm;
use crosswire::scenarios;
use crosswire::storm::SeedRun;
use crosswire_checker::InvariantId;

/// The service keeps the promise that I11 checks: the answer to an upload is not attributed to the
/// event that came after it.
#[test]
fn an_answer_is_about_the_event_that_was_uploaded() {
    let mut scenario = scenarios::scenario("reconnect-storm").expect("a built-in scenario");
    scenario.workload.backlog = 2;
    scenario.workload.event_every_ms = 400;
    scenario.cast.cameras = 60;
    let outcome = Storm::of(scenario).seeds(3).run();
    for SeedRun { seed, run, .. } in &outcome.runs {
        let played = run.as_ref().expect("no panic");
        assert!(
            played.findings.checked[&InvariantId::I11] > 1_000,
            "seed {seed}: {:?}",
            played.findings
        );
        assert_eq!(played.findings.counts.get(&InvariantId::I11), None, "seed {seed}");
    }
}
