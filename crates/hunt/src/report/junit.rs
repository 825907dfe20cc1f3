//! The report of a hunt in JUnit XML, which services for continuous integration read.

use crate::baseline::Baseline;
use crate::report::print::{new_or_known, no_clean_run};
use crate::tally::{OnTarget, Tally, TargetTally};
use crosswire_checker::Verdict;
use crosswire_output::format::{Layout, counted, printable, quoted, story};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::fmt::Write;
use std::io;

/// Writes a test case for each target: a failure if a run failed, an error if the target is
/// inconclusive. Findings that are `known` are named with their saved run. The report contains no
/// times, so that the same hunt gives the same report.
///
/// # Errors
/// A name cannot be represented in XML.
pub fn xml(tally: &Tally, known: &Baseline) -> io::Result<String> {
    let mut suite = TestSuite::new("crosswire hunt");
    for (number, target) in tally.targets.iter().enumerate() {
        let name = printable(&format!("{} on {}", target.name.client, target.name.service));
        let mut case = TestCase::new(name, status((tally, known), number, target));
        case.set_classname(printable(&target.name.scenario));
        suite.add_test_case(case);
    }
    let mut report = Report::new("crosswire");
    report.add_test_suite(suite);
    report.to_string().map_err(io::Error::other)
}

fn status(
    (tally, known): (&Tally, &Baseline),
    number: usize,
    target: &TargetTally,
) -> TestCaseStatus {
    let (kind, message) = match target.verdict() {
        Verdict::Clean => return TestCaseStatus::success(),
        Verdict::Violated => {
            let (found, runs) = (target.counts.found(), target.counts.runs());
            (NonSuccessKind::Failure, format!("{found} of {runs} seeds failed"))
        }
        Verdict::Inconclusive => {
            let missing = target.missing().into_iter();
            let missing = missing.map(|missing| {
                format!("{} occurred {} of {} times", missing.situation, missing.got, missing.need)
            });
            let missing: Vec<_> = missing.collect();
            let message = match &missing[..] {
                [] if tally.cut_short.is_some() => tally.cut_short.clone().unwrap_or_default(),
                [] => no_clean_run(target),
                missing => format!("required situations are missing: {}", missing.join(", ")),
            };
            (NonSuccessKind::Error, message)
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message).set_type(target.verdict().to_string());
    status.set_description(description(tally, known, number));
    status
}

/// Lists the signatures that occurred on a target, each with the story of its first finding there.
fn description(tally: &Tally, known: &Baseline, number: usize) -> String {
    let mut out = String::new();
    for sighting in &tally.sightings {
        let Some(OnTarget { first, count }) = sighting.targets.get(&number) else { continue };
        let _ = writeln!(
            out,
            "{}: {}, first {}",
            printable(&first.signature),
            counted(*count, "seed"),
            quoted(&first.replay)
        );
        let _ = writeln!(out, "  {}", new_or_known(known.file(first)));
        out += &story(&first.story, Layout::PLAIN);
    }
    out
}
