//! Certificates of searches that ended early, of clients to which not everything applies, and of
//! bugs that several schedules found.

use super::{certified, made, page_of, with};
use crate::adapter::Connections;
use crate::judge::TraceInvariant;
use crate::situations::Situation;
use crate::tests::fake::{Pool, session};
use crate::words::Vocabulary;
use crate::{SavedSchedule, ScheduleRun, Source, certify, machine};
use crosswire_checker::Verdict;
use crosswire_plan::Seed;
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn calls_that_never_end_neither_stop_the_search_nor_hide_what_is_graver() {
    // Each kind of hang is waited for once with the full patience, and then no longer.
    let mut session = session(Pool::HangsAndReuses, Duration::from_secs(2)).expect("a session");
    let source = Source::Seeds(Seed(0), 25, Vocabulary::default());
    let page = certify(&mut session, &source, false, |_, _, _| true).expect("a certificate");
    assert_eq!((page.schedules, page.cut_short), (25, None));
    let hangs = page.invariants[&TraceInvariant::Settlement];
    let leaks = page.invariants[&TraceInvariant::Provenance];
    assert!(hangs.schedules >= 3 && leaks.schedules > 0, "{hangs:?} {leaks:?}");
    let gravest: Vec<_> = page.findings.iter().map(|finding| finding.broken[0]).collect();
    assert!(gravest.is_sorted() && gravest[0] == TraceInvariant::Provenance, "{gravest:?}");
    let hang = page.findings.iter().find(|it| it.broken == [TraceInvariant::Settlement]);
    let hang = hang.expect("a hang alone");
    let steps: Vec<_> = hang.saved.schedule.steps().iter().map(ToString::to_string).collect();
    assert_eq!(steps, ["call 1: get a", "error 1"], "minimized");
}

#[test]
fn an_interrupted_search_names_the_seeds_that_ran() {
    let source = Source::Seeds(Seed(5), 20, Vocabulary::default());
    let page = certify(&mut with(Pool::Correct), &source, false, |done, _, _| done < 3);
    let text = page_of(&page.expect("a certificate"));
    let ran = "\nRan in lockstep: 3 schedules of the seeds 5 to 7, interrupted; ";
    assert!(text.contains(ran), "{text}");
    let all = certify(&mut with(Pool::Correct), &source, false, |done, _, _| done < 20);
    assert_eq!(all.expect("a certificate").cut_short, None);
}

#[test]
fn what_does_not_apply_is_listed_with_the_reason() {
    let certificate = certified(Pool::NeverCancels, 400);
    assert_eq!(certificate.verdict(), Verdict::Clean, "{}", page_of(&certificate));
    insta::assert_snapshot!("not_applicable", page_of(&certificate));
    let json = serde_json::to_value(machine::Certificate::of(&certificate, &made()));
    let json = json.expect("JSON");
    let reasons = json["not_applicable"].as_object().expect("an object");
    assert_eq!(reasons.len(), 4);
    let mut shared = certificate;
    shared.hello.connections = Connections::Shared;
    let sentence = shared.sentence();
    assert!(sentence.contains("every invariant but I5 and I7, which do not apply,"), "{sentence}");
    assert!(page_of(&shared).contains("\n- I7: its calls share a connection "));
}

#[test]
fn a_bug_is_listed_once() {
    // These seeds find one bug with keys `a` and `b`, and with `a` and `c`.
    let page = certified(Pool::ReusesPending, 150);
    let schedules = page.findings.iter().map(|finding| finding.saved.schedule.clone());
    let named: BTreeSet<_> = schedules.map(|schedule| schedule.with_keys_in_order()).collect();
    assert_eq!(named.len(), page.findings.len(), "{}", page_of(&page));
    assert!(page.combinations > page.findings.len() as u64, "{}", page_of(&page));
}

#[test]
fn a_client_that_waits_for_a_late_reply_is_not_accused_and_not_fixed() {
    let text = include_str!("cancel-desync.toml");
    let saved = SavedSchedule::parse("cancel-desync.toml", text).expect("a schedule");
    let edited = SavedSchedule { reach: vec![Situation::CancelInFlight], ..saved.clone() };
    for pool in [Pool::Locks, Pool::LocksAlone] {
        let run = ScheduleRun::of(&mut with(pool), &saved.schedule).expect("a run");
        let missing = "inconclusive: nothing violated, but sent-before-late-reply missing";
        assert_eq!(saved.compared(&run).words, missing, "{pool:?}");
        let words = edited.compared(&run).words;
        assert!(words.starts_with("fixed: nothing violated; reached"), "{pool:?}: {words}");
        let source = Source::Seeds(Seed(0), 60, Vocabulary::default());
        let mut session = session(pool, Duration::from_secs(3)).expect("a session");
        let page = certify(&mut session, &source, false, |_, _, _| true).expect("a certificate");
        assert_eq!(page.verdict(), Verdict::Inconclusive, "{pool:?}: {}", page_of(&page));
    }
}

#[test]
fn a_finding_of_the_page_can_be_saved_and_replayed() {
    let page = certified(Pool::ReusesPending, 40);
    let text = page_of(&page);
    let (_, from) = text.split_once("```toml\n").expect("a block of TOML");
    let (toml, _) = from.split_once("```").expect("its end");
    let saved = SavedSchedule::parse("page.toml", toml).expect("a schedule");
    let run = ScheduleRun::of(&mut with(Pool::ReusesPending), &saved.schedule).expect("a run");
    assert_eq!(saved.compared(&run).words, "reproduces: I3, I4, I7 violated");
    let unknown = SavedSchedule { broken: Vec::new(), ..saved };
    assert_eq!(unknown.compared(&run).words, "violated: I3, I4, I7");
}
