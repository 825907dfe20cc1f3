//! What a hunt says about runs that were not clean by themselves.

use super::*;
use crate::tally::Counts;
use crosswire_checker::{Together, USEFUL};

/// Counts of runs that together reached everything, of which none may be clean by itself.
fn counts(clean: u64, inconclusive: u64, missing: &[(&str, u64)]) -> Counts {
    let reached = USEFUL.iter().map(|useful| ((*useful).to_owned(), 9)).collect();
    let missing = missing.iter().map(|&(name, runs)| (name.to_owned(), runs)).collect();
    let together = Together { reached, judged: clean + inconclusive, ..Together::default() };
    Counts { clean, inconclusive, missing_in_runs: missing, together, ..Counts::default() }
}

fn summary(tally: &Tally) -> String {
    print::summary(tally, &Baseline::default(), Path::new("out"), Layout::PLAIN)
}

#[test]
fn a_hunt_without_a_clean_run_names_what_single_runs_missed() {
    let mut tally = Tally::new(&[small("pooled")]);
    tally.targets[0].counts = counts(0, 12, &[("cold-miss", 3), ("video-delivered", 12)]);
    insta::assert_snapshot!(summary(&tally));
    let report = junit::xml(&tally, &Baseline::default()).expect("XML");
    let why = "no run was clean by itself: video-delivered was missing in 12 of 12 runs";
    assert!(report.contains(why), "{report}");
}

#[test]
fn a_clean_hunt_says_what_inconclusive_runs_missed() {
    let mut tally = Tally::new(&[small("pooled"), small("redis-rs")]);
    let missing = [("a", 1), ("b", 31), ("c", 2), ("d", 7), ("e", 1)];
    tally.targets[0].counts = counts(19, 31, &missing);
    tally.targets[1].counts = counts(50, 0, &[]);
    insta::assert_snapshot!(summary(&tally));
    let json = serde_json::to_value(print::Summary::of(&tally, true, None)).expect("JSON");
    assert_eq!(json["grounds"][0]["missing_in_runs"]["b"], 31);
    assert_eq!(json["new"], 0);
}

#[test]
fn one_of_several_combinations_without_a_clean_run_is_named() {
    let mut tally = Tally::new(&[small("pooled"), small("redis-rs")]);
    tally.targets[0].counts = counts(4, 0, &[]);
    tally.targets[1].counts = counts(0, 4, &[("video-delivered", 4)]);
    let summary = summary(&tally);
    let first = summary.split("\n\n").next().expect("a paragraph").replace('\n', " ");
    let expected = "inconclusive: 8 runs; nothing was violated, but small: redis-rs: no run was \
                    clean by itself: video-delivered was missing in 4 of 4 runs";
    assert_eq!(first.trim(), expected);
}

#[test]
fn a_run_counts_what_it_misses() {
    let scenario = format!("{SMALL}\n[reach]\nvideo-delivered = 1000\n");
    let scenario = load("far", &scenario, &catalog::vocabulary()).expect("a scenario");
    let target = Target::of("far", scenario).expect("a known client");
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![target], 3);
    let dir = place.path().join("out");
    let mut journal = HuntJournal::begin(&dir, &hunt).expect("a journal");
    play(&hunt, &mut journal);
    let missing = |journal: &HuntJournal| {
        let counts = &journal.tally().targets[0].counts;
        (counts.inconclusive, counts.missing_in_runs.get("video-delivered").copied())
    };
    assert_eq!(missing(&journal), (3, Some(3)));
    drop(journal);
    assert_eq!(missing(&HuntJournal::resume(&dir, &hunt).expect("a journal")), (3, Some(3)));
}

#[test]
fn a_story_in_a_report_marks_its_decisive_step() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small("pooled-cancel-desync")], 8);
    let mut journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    play(&hunt, &mut journal);
    let report = junit::xml(journal.tally(), &Baseline::default()).expect("XML");
    assert!(report.contains("\n&gt; ") || report.contains("\n> "), "{report}");
}
