//! Snapshots of banner and summary. Their data is written out here, so only a change of the text
//! changes them.

use crate::support::TINY;
use crosswire::cost::Cost;
use crosswire::report::Report;
use crosswire::saved::SavedRun;
use crosswire_checker::{Exposure, InvariantId, Missing, Verdict, Violation};
use crosswire_cli::banner::banner;
use crosswire_cli::incident::{Column, side_by_side};
use crosswire_cli::summary::{summary, verdict};
use crosswire_output::format::{Layout, WIDTH};
use crosswire_plan::{Plan, Seed, Vocabulary, draw, load};
use std::collections::BTreeMap;

fn plan() -> Plan {
    let known = Vocabulary {
        clients: vec!["pooled".to_owned()],
        services: vec!["standard".to_owned()],
        situations: ["gateway-lost", "push-delivered"].map(str::to_owned).to_vec(),
        ..Vocabulary::default()
    };
    let text = format!("{TINY}\n[reach]\ngateway-lost = 2\npush-delivered = 1\n");
    draw(&load("tiny.toml", &text, &known).expect("a scenario"), Seed(7))
}

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn leak() -> Violation {
    let story = [
        "5.520 camera-3, user-3's in epoch-1, records camera-3/1",
        "7.573 user-1 asks gateway-0 for the list of events (request-524)",
        "7.609 gateway-0 asks the cache for user-1: get \"usr:1:cams\" (call-178)",
        "8.157 call-178 goes out on conn-15, where the reply to call-97 is still unread",
        "8.251 call-178 is handed the reply to call-97: the value of \"usr:3:cams\" is taken for \
         that of \"usr:1:cams\"",
        "8.299 user-1 sees user-3's camera-3/1 in the list",
    ];
    Violation {
        invariant: InvariantId::I1,
        name: "authorised delivery".to_owned(),
        at_ms: 8_299,
        user: Some(1),
        device: Some(3),
        event: Some("camera-3/1".to_owned()),
        causes: Vec::new(),
        story: story.map(str::to_owned).to_vec(),
    }
}

fn report(verdict: Verdict) -> Report {
    let violated = verdict == Verdict::Violated;
    let missing = Missing { situation: "gateway-lost".to_owned(), need: 2, got: 1 };
    Report {
        scenario: "tiny".to_owned(),
        seed: Seed(7),
        service: "standard".to_owned(),
        client: "pooled".to_owned(),
        defences: vec!["verify-at-delivery".to_owned()],
        cancel_at: None,
        suspensions: None,
        verdict,
        violations: if violated { vec![leak()] } else { vec![] },
        counts: if violated {
            [(InvariantId::I1, 12), (InvariantId::I11, 2), (InvariantId::I7, 1)].into()
        } else {
            BTreeMap::new()
        },
        exposure: Exposure {
            users: u64::from(violated),
            listed: 11 * u64::from(violated),
            thumbnails: u64::from(violated),
            taps: 0,
            videos: 0,
            accounts: 4,
            first_leak_ms: violated.then_some(8_299),
            new_users_ms: Vec::new(),
        },
        reached: counts(&[("denied", 0), ("gateway-lost", 1), ("push-delivered", 1_234)]),
        missing: if verdict == Verdict::Inconclusive { vec![missing] } else { vec![] },
        not_applicable: Vec::new(),
        untested: if verdict == Verdict::Clean { vec!["cache-lost".to_owned()] } else { vec![] },
        checked: [(InvariantId::I1, 2_345), (InvariantId::I11, 40), (InvariantId::I7, 600)].into(),
        requests: 12_345,
        deliveries: 2_345,
        fired: BTreeMap::new(),
        unconnected: Vec::new(),
        simulated_ms: 12_000,
        wall_ms: 5,
        digest: "0123456789abcdef".repeat(2),
    }
}

fn cost_of_it() -> Cost {
    Cost {
        settled: 12_300,
        well: 12_000,
        refused: 120,
        directory_busy: 9,
        directory_waiting: 1_017,
        directory_peak: 812,
        p99_ms: 345,
        recover_ms: Some(1_250),
    }
}

fn shown(verdict: Verdict) -> String {
    let replay = "crosswire replay tiny.toml:7:pooled:verify-at-delivery";
    let text = summary(&plan(), &report(verdict), cost_of_it(), replay, Layout::PLAIN);
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    text
}

#[test]
fn the_banner() {
    insta::assert_snapshot!(banner(&plan(), "pooled", Layout::PLAIN));
}

#[test]
fn a_violated_run() {
    insta::assert_snapshot!(shown(Verdict::Violated));
}

#[test]
fn a_clean_run() {
    insta::assert_snapshot!(shown(Verdict::Clean));
}

#[test]
fn an_inconclusive_run() {
    insta::assert_snapshot!(shown(Verdict::Inconclusive));
}

#[test]
fn a_run_that_ended_before_the_cancellation() {
    let (cancel_at, suspensions) = (Some(99_999), Some(23));
    let report =
        Report { cancel_at, suspensions, missing: Vec::new(), ..report(Verdict::Inconclusive) };
    insta::assert_snapshot!(verdict(&report, Layout::PLAIN), @r"
    inconclusive: nothing was violated, but nothing was cancelled: the run has only 23 awaits, not
    99,999
    ");
}

#[test]
fn side_by_side_with_what_was_published() {
    let run = |verdict| Column::of_run(&["a", "run"], &report(verdict), cost_of_it());
    let columns = [Column::published(), run(Verdict::Violated), run(Verdict::Clean)];
    insta::assert_snapshot!(side_by_side(&columns, Layout::PLAIN));
}

#[test]
fn a_saved_run() {
    let report = report(Verdict::Violated);
    let text = SavedRun::new(&plan(), &report).to_text(&report).expect("a text");
    let saved = SavedRun::parse("run.toml", &text).expect("it is read again");
    assert_eq!(saved, SavedRun::new(&plan(), &report));
    // The rest depends on the machine and on the fields of a plan.
    let (head, _) = text.split_once("[made]").expect("the table `made`");
    insta::assert_snapshot!(head);
}
