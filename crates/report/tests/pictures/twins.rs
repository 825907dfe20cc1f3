//! Runs beside those of their correct twins.

use crate::runs::run;
use crosswire_report::Twins;
use crosswire_report::twin::{Beside, Step};
use std::fmt::Write;

/// Draws two runs beside each other, in characters.
fn text(beside: &Beside) -> String {
    let mut out = format!("{} entries are the same\n", beside.common);
    let words = |step: &Option<Step>| match step {
        Some(step) => format!("{:>6} {}", step.at_ms, step.words),
        None => "     ·".to_owned(),
    };
    for (nth, pair) in beside.steps.iter().enumerate() {
        let mark = if beside.first == Some(nth) { '>' } else { ' ' };
        let [own, twin] = [&pair.own, &pair.twin].map(words);
        let _ = writeln!(out, "{mark} {own:<68} | {twin}");
    }
    out
}

#[test]
fn a_pool_parts_from_its_twin_where_the_twin_closes_the_connection() {
    let [faulty, correct] = ["pooled-cancel-desync", "pooled"]
        .map(|client| run("reconnect-storm", 41, client, "standard"));
    insta::assert_snapshot!(text(&Twins::new(&faulty, &correct).parting().expect("the runs part")));
}

#[test]
fn a_service_parts_from_its_twin_as_well() {
    let [faulty, correct] = ["edge-cache-by-path", "edge-cache-by-principal"]
        .map(|service| run("emergency-cache", 7, "pooled", service));
    insta::assert_snapshot!(text(&Twins::new(&faulty, &correct).parting().expect("the runs part")));
}

#[test]
fn a_run_does_not_part_from_itself() {
    let own = run("calm", 1, "pooled", "standard");
    assert_eq!(Twins::new(&own, &own).parting(), None);
}

#[test]
fn clients_are_compared_where_the_same_happens_to_them() {
    let [faulty, correct] = ["pooled-cancel-desync", "pooled"]
        .map(|client| run("reconnect-storm", 41, client, "standard"));
    let violation = &faulty.violations()[0];
    insta::assert_snapshot!(text(
        &Twins::new(&faulty, &correct).alike(violation).expect("calls are dropped")
    ));
}
