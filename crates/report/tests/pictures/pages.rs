//! Pages about runs.

use crate::runs::run;
use crosswire_checker::Violation;
use crosswire_report::page;
use crosswire_report::page::MARK;
use std::collections::BTreeSet;

#[test]
fn a_page_has_a_mark_for_each_violation_and_a_diagram_for_each_signature() {
    let run = run("notification-mix-up", 7, "multiplexed-replay-skew", "standard");
    let page = page(&run, None);
    assert_eq!(page, crosswire_report::page(&run, None), "the same run gives the same bytes");
    if let Some(dir) = std::env::var_os("CROSSWIRE_PICTURES") {
        let file = std::path::Path::new(&dir).join("page.html");
        std::fs::write(file, &page).expect("the page is written");
    }
    assert!(page.find(MARK).is_some_and(|at| at < 200), "a page is recognized by its beginning");
    let violations = run.violations();
    let signatures: BTreeSet<_> = violations.iter().map(Violation::signature).collect();
    let diagrams = violations.len().min(signatures.len().max(8));
    assert_eq!(page.matches("<section class=\"violation\"").count(), diagrams);
    assert_eq!(page.matches("<svg xmlns=").count(), diagrams);
    for (nth, violation) in violations.iter().enumerate() {
        let id = format!(" id=\"violation-{}\"", nth + 1);
        assert_eq!(page.matches(&id).count(), 1, "a place for {}", violation.signature());
        let link = format!("<a class=\"mark\" href=\"#violation-{}\"", nth + 1);
        assert_eq!(page.matches(&link).count(), 1, "a mark for {}", violation.signature());
    }
    assert!(page.len() < 1 << 20, "a page is smaller than 1 MB: {}", page.len());
}

#[test]
fn a_page_loads_nothing_and_its_ids_are_unique() {
    let page = page(&run("emergency-cache", 7, "pooled", "edge-cache-by-path"), None);
    for word in ["http:", "https:", "url(", "@import", "<link", "<img", "src="] {
        let known = "http://www.w3.org/2000/svg";
        assert!(!page.replace(known, "").replace("script-src", "").contains(word), "{word}");
    }
    let mut ids: Vec<_> =
        page.split(" id=\"").skip(1).filter_map(|at| at.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{ids:?}");
}

#[test]
fn a_page_of_a_long_run_has_the_entries_that_there_is_room_for() {
    let run = run("wyze-2024", 2, "pooled-cancel-desync", "standard");
    let page = page(&run, None);
    assert!(page.len() < 4 << 20, "a page is smaller than 4 MB: {}", page.len());
    let all = run.recording.entries().len();
    let (_, data) = page.split_once(" id=\"history\">").expect("the page has data");
    let (entries, _) = data.split_once("\"templates\"").expect("templates follow the entries");
    let shown = entries.matches(';').count();
    assert!((60_000..all).contains(&shown), "{shown} of {all}");
    assert!(page.contains("The page has no room for the others"), "the page says so");
}

#[test]
fn a_clean_run_has_a_page_too() {
    let run = run("calm", 1, "pooled", "standard");
    let page = page(&run, None);
    assert!(run.violations().is_empty() && page.contains("<h1>clean"), "{page}");
}
