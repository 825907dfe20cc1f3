//! An interrupted hunt ends in the same state as one that ran through.

mod journals;
mod reports;
mod shared;

use super::*;
use crate::baseline::Baseline;
use crate::finding::minimized_name;
use crate::journal::{FILE, Line};
use crate::report::{junit, print};
use bytes::Bytes;
use crosswire::cache::async_trait;
use crosswire::cache::client::connector;
use crosswire::cache::{CacheClient, CacheError, ClientConfig, Connections, Dialer};
use crosswire::catalog;
use crosswire::minimize::{Minimize, Shows};
use crosswire::replay::replay;
use crosswire::saved::{Expect, SavedRun};
use crosswire::sim::{ClientUnderTest, Unfinished, play_within};
use crosswire_checker::Verdict;
use crosswire_output::format::Layout;
use crosswire_plan::load;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A scenario that runs fast, and in which some seeds make a faulty client fail, in two ways.
const SMALL: &str = r#"
name = "small"
summary = "Four cameras, and the cache is slow for a moment."
duration_ms = 12_000
cast = { cameras = 4, phones = 4, gateways = 1 }
client = { pool_size = 2, op_timeout_ms = 200 }
service = { request_deadline_ms = 600 }
workload = { event_every_ms = 2_000, open_every_ms = 3_000 }
recovery = { within_ms = 4_000, deliver_within_ms = 4_000 }

[[fault]]
kind = "cache-slow"
start_ms = [4_000, 5_000]
length_ms = 300
severity = 250.0
"#;

pub(super) fn small(client: &str) -> Target {
    let mut scenario = load("small", SMALL, &catalog::vocabulary()).expect("a scenario");
    client.clone_into(&mut scenario.client.name);
    Target::of("small", scenario).expect("a known client")
}

pub(super) fn hunt(targets: Vec<Target>, seeds: u64) -> Hunt {
    Hunt { targets, from: 5, seeds: Some(seeds), threads: 2, budget: Duration::from_mins(1) }
}

/// The events that a listener received.
#[derive(Default)]
pub(super) struct Events {
    pub(super) found: Vec<(String, bool)>,
    ticks: u64,
}

impl Listener for Events {
    fn found(&mut self, finding: &Finding, new: bool) {
        self.found.push((finding.replay.clone(), new));
    }

    fn tick(&mut self, _: &Tally) {
        self.ticks += 1;
    }
}

fn play(hunt: &Hunt, journal: &mut HuntJournal) -> Events {
    let mut events = Events::default();
    hunt.run(journal, &mut events, &|| false).expect("the hunt ends");
    events
}

/// Everything that a hunt leaves: its summary, its findings, how often each seed was noted as done,
/// the plans that reached something new, and its files.
#[derive(Debug, PartialEq)]
pub(super) struct Left {
    pub(super) tally: String,
    pub(super) findings: Vec<String>,
    pub(super) done: BTreeMap<(usize, u64), u32>,
    pub(super) kept: BTreeMap<(usize, u64), String>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

pub(super) fn left(dir: &Path, journal: &HuntJournal) -> Left {
    let text = fs::read_to_string(dir.join(FILE)).expect("a journal");
    let (mut findings, mut done, mut kept) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for line in text.lines() {
        match serde_json::from_str(line).expect("a line of a hunt") {
            Line::Hunt(_) | Line::Old { .. } => {}
            Line::Finding { finding, .. } => {
                findings.push(format!("{}: {}", finding.seed, finding.replay));
            }
            Line::Kept { target, kept: run } => {
                kept.insert((target, run.run), format!("{run:?}"));
            }
            Line::Done { target, from, count, .. } => {
                (from..from + count).for_each(|seed| *done.entry((target, seed)).or_default() += 1);
            }
        }
    }
    findings.sort();
    let files = fs::read_dir(dir).expect("a directory").map(|entry| {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read(&path).expect("a file"))
    });
    let files = files.filter(|(name, _)| name != FILE).collect();
    Left {
        tally: serde_json::to_string(&print::Summary::of(journal.tally(), true, None))
            .expect("JSON"),
        findings,
        done,
        kept,
        files,
    }
}

#[test]
fn a_journal_that_is_cut_off_anywhere_can_be_resumed() {
    let place = tempfile::tempdir().expect("a directory");
    let whole = place.path().join("whole");
    let hunt =
        hunt(vec![small("pooled-cancel-desync"), small("slotted-double-free"), small("pooled")], 8);
    let mut journal = HuntJournal::begin(&whole, &hunt).expect("a journal");
    let events = play(&hunt, &mut journal);
    let expected = left(&whole, &journal);
    drop(journal);
    assert_eq!(events.ticks, 24);
    assert!((3..12).contains(&expected.findings.len()), "{expected:?}");
    assert_eq!(expected.files.len(), 2);
    assert!(expected.done.len() == 24 && expected.done.values().all(|times| *times == 1));

    let bytes = fs::read(whole.join(FILE)).expect("a journal");
    let ends: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at] == b'\n').collect();
    let around = ends.iter().flat_map(|&end| [end.saturating_sub(1), end, end + 1, end + 40]);
    for cut in around.chain([0, 1, bytes.len() / 2]) {
        let dir = place.path().join(format!("cut-{cut}"));
        if dir.exists() || cut > bytes.len() {
            continue;
        }
        fs::create_dir(&dir).expect("a directory");
        fs::write(dir.join(FILE), &bytes[..cut]).expect("a journal");
        // The file of a finding is on disk before its line.
        for (name, bytes) in &expected.files {
            fs::write(dir.join(name), bytes).expect("a file");
        }
        let mut journal = HuntJournal::resume(&dir, &hunt).expect("a journal");
        let events = play(&hunt, &mut journal);
        assert_eq!(left(&dir, &journal), expected, "cut at {cut}");
        let before = bytes[..cut].split_inclusive(|byte| *byte == b'\n');
        let before = before.filter(|line| line.starts_with(br#"{"line":"finding""#));
        let before = before.filter(|line| line.ends_with(b"\n")).count();
        assert_eq!(events.found.len(), expected.findings.len() - before, "cut at {cut}");
    }
}

#[test]
fn a_stopped_hunt_resumes_where_it_was() {
    let place = tempfile::tempdir().expect("a directory");
    let [whole, stopped] = ["whole", "stopped"].map(|name| place.path().join(name));
    let hunt = hunt(vec![small("pooled-cancel-desync"), small("pooled")], 12);
    let mut journal = HuntJournal::begin(&whole, &hunt).expect("a journal");
    play(&hunt, &mut journal);
    let expected = left(&whole, &journal);

    let mut journal = HuntJournal::begin(&stopped, &hunt).expect("a journal");
    loop {
        let asked = AtomicU64::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 5;
        hunt.run(&mut journal, &mut Events::default(), &stop).expect("a hunt");
        let runs = journal.tally().runs();
        drop(journal);
        journal = HuntJournal::resume(&stopped, &hunt).expect("a journal");
        assert_eq!(journal.tally().runs(), runs, "every run is noted");
        if runs == 24 {
            break;
        }
    }
    assert_eq!(left(&stopped, &journal), expected);
}

#[test]
fn reports_do_not_depend_on_the_threads() {
    let place = tempfile::tempdir().expect("a directory");
    let events = [1, 2, 5].map(|threads| {
        let hunt = Hunt { threads, ..hunt(vec![small("pooled-cancel-desync")], 12) };
        let dir = place.path().join(threads.to_string());
        let mut journal = HuntJournal::begin(&dir, &hunt).expect("a journal");
        (play(&hunt, &mut journal).found, left(&dir, &journal))
    });
    assert_eq!(events[0], events[1]);
    assert_eq!(events[0], events[2]);
    let new: Vec<_> = events[0].0.iter().filter(|(_, new)| *new).collect();
    assert_eq!(new.len(), events[0].1.files.len(), "each signature once");
}

#[test]
fn two_hunts_do_not_share_a_journal() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small("pooled")], 1);
    let journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    let busy = HuntJournal::resume(journal.dir(), &hunt).err().expect("the journal is locked");
    assert!(busy.to_string().contains("another process is running the hunt"), "{busy}");
}

/// A client that never answers: it panics, or blocks its thread for ever.
pub(super) struct Broken {
    hangs: bool,
}

impl Broken {
    pub(super) fn client(hangs: bool) -> ClientUnderTest {
        let connect = move |_: Dialer, _: ClientConfig| async move { Ok(Self { hangs }) };
        ClientUnderTest::new("broken", connector(connect))
    }

    fn breaks(&self) -> CacheError {
        assert!(self.hangs, "slot 17 of 4096 is taken");
        loop {
            std::thread::park();
        }
    }
}

#[async_trait]
impl CacheClient for Broken {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        Err(self.breaks())
    }

    async fn mget(&self, _: &[String]) -> Result<Vec<Option<Bytes>>, CacheError> {
        Err(self.breaks())
    }

    async fn set(&self, _: &str, _: &[u8], _: Duration) -> Result<(), CacheError> {
        Err(self.breaks())
    }

    async fn del(&self, _: &str) -> Result<(), CacheError> {
        Err(self.breaks())
    }

    fn connections(&self) -> Connections {
        Connections::Exclusive
    }
}

#[test]
fn a_panic_is_a_finding_and_does_not_end_the_hunt() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small("pooled").client(Broken::client(false)), small("pooled")], 3);
    let mut journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    let events = play(&hunt, &mut journal);
    let tally = journal.tally();
    assert_eq!(events.found.len(), 3);
    assert_eq!((tally.targets[0].counts.panicked, tally.targets[1].counts.clean), (3, 3));
    let [sighting] = &tally.sightings[..] else { panic!("{:?}", tally.sightings) };
    assert_eq!(sighting.first.signature, "panicked: slot # of # is taken");
    assert_eq!(sighting.first.verdict, FailureKind::Panicked);
    assert_eq!(tally.verdict(), Verdict::Violated);
    let saved = kept(&journal);
    assert_eq!(replayed(&saved, false), "reproduces: it panicked, as in the file");
    assert_eq!(replayed(&saved, true), "differs: it hung");
    assert_eq!(with_pooled(&saved), "fixed: it no longer panics");
}

/// A known failure of one client does not hide the same signature of another, in either order.
#[test]
fn a_failure_that_is_known_of_one_client_is_new_of_another() {
    let place = tempfile::tempdir().expect("a directory");
    let broken = |name: &str| {
        let client = ClientUnderTest::new(name, Broken::client(false).connect);
        small("pooled").client(client)
    };
    let run = |dir: &str, names: &[&str]| {
        let hunt = hunt(names.iter().map(|name| broken(name)).collect(), 2);
        let mut journal = HuntJournal::begin(&place.path().join(dir), &hunt).expect("a journal");
        let events = play(&hunt, &mut journal);
        (journal, events)
    };
    let (before, _) = run("before", &["known"]);
    let file = before.tally().sightings[0].first.file.clone().expect("a file");
    let known = Baseline::of_files(vec![before.dir().join(file)]).expect("saved runs");
    for order in [["known", "other"], ["other", "known"]] {
        let (journal, events) = run(order[0], &order);
        let summary = print::Summary::of(journal.tally(), true, Some((&known, journal.dir())));
        let summary = serde_json::to_value(&summary).expect("JSON");
        for (at, name) in order.into_iter().enumerate() {
            assert_eq!(
                summary["signatures"][at]["known"].is_string(),
                name == "known",
                "{order:?}"
            );
        }
        let new: Vec<_> = events.found.iter().map(|(_, new)| *new).collect();
        assert_eq!(new, [true, true, false, false], "{order:?}");
        for (at, sighting) in journal.tally().sightings.iter().enumerate() {
            let first = &sighting.first;
            assert_eq!(first.client, order[at]);
            assert_eq!(known.file(first).is_some(), first.client == "known", "{order:?}");
            let file = journal.dir().join(first.file.as_ref().expect("a file"));
            assert_eq!(SavedRun::under_test(&file).expect("a saved run").client, first.client);
        }
        let report = junit::xml(journal.tally(), &known).expect("XML");
        for case in report.split("<testcase").skip(1) {
            let named = order.map(|name| case.contains(&format!("small:5:{name}:")));
            let own = order.map(|name| case.contains(&format!("{name} on standard")));
            assert_eq!(named, own, "{report}");
            let is_known = case.contains("known on standard");
            assert_eq!(case.contains("known: "), is_known, "{report}");
            assert_eq!(case.contains("\n  new\n"), !is_known, "{report}");
        }
        drop(journal);
        let hunt = hunt(order.map(broken).to_vec(), 2);
        let resumed = HuntJournal::resume(&place.path().join(order[0]), &hunt).expect("a journal");
        assert_eq!(resumed.tally().sightings.len(), 2);
    }
}

/// Reads the file of the first finding.
fn kept(journal: &HuntJournal) -> SavedRun {
    let file = journal.tally().sightings[0].first.file.as_ref().expect("a file");
    let file = journal.dir().join(file);
    let named = SavedRun::under_test(&file).expect("a saved run");
    SavedRun::read_for(&file, &named).expect("a saved run")
}

fn replayed(saved: &SavedRun, hangs: bool) -> String {
    let budget = Duration::from_millis(if hangs { 50 } else { 60_000 });
    replay(saved, &Broken::client(hangs), budget).replayed.to_string()
}

/// Replays with a client that works.
fn with_pooled(saved: &SavedRun) -> String {
    let client = catalog::client("pooled").expect("a known client");
    replay(saved, &client, Duration::from_mins(1)).replayed.to_string()
}

#[test]
fn a_panic_is_minimized_and_stays_the_same_panic() {
    let client = Broken::client(false);
    let target = small("pooled").client(client.clone());
    let plan = target.plan(5);
    let whole = play_within(&Arc::new(plan.clone()), &client, Duration::from_mins(1));
    let Err(Unfinished::Panicked(panicked)) = &whole else { panic!("{whole:?}") };
    let shows = Shows::panic(panicked);
    let minimize =
        Minimize { plan: &plan, client: &client, shows: &shows, budget: Duration::from_mins(1) };
    let (made, _) = minimize.run(|progress| progress.runs < 200);
    assert_eq!((plan.faults.len(), made.faults.len()), (1, 0));
    assert!(made.duration_ms < plan.duration_ms / 4, "{} ms", made.duration_ms);
    let run = play_within(&Arc::new(made.clone()), &client, Duration::from_mins(1));
    let saved = SavedRun::of(&made, &run.map(|_| unreachable!("it panics")));
    assert_eq!(replayed(&saved, false), "reproduces: it panicked, as in the file");
    // Once it is fixed, the same file requires that it stays fixed.
    let mended = SavedRun { expect: Expect::Clean, ..saved };
    assert_eq!(replayed(&mended, false), "differs: it panicked: slot # of # is taken");
}

#[test]
fn a_hung_run_is_abandoned_and_too_many_end_the_hunt() {
    let place = tempfile::tempdir().expect("a directory");
    let targets = vec![small("pooled").client(Broken::client(true))];
    let hunt = Hunt { budget: Duration::from_millis(50), ..hunt(targets, 100) };
    let mut journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    let mut events = Events::default();
    let ended = hunt.run(&mut journal, &mut events, &|| false);
    assert!(matches!(ended, Err(Failed::TooManyLeft(17))), "{ended:?}");
    let tally = journal.tally();
    assert_eq!((tally.targets[0].counts.hung, events.found.len() as u64), (17, MOST_LEFT + 1));
    let first = &tally.sightings[0].first;
    assert_eq!(
        (&*first.signature, &*first.again(Path::new("out"))),
        ("hung", "out/001-broken-hung.toml")
    );
    let saved = kept(&journal);
    assert_eq!(saved.expect, Expect::Hung);
    assert_eq!(replayed(&saved, true), "reproduces: it hung, as in the file");
    assert_eq!(replayed(&saved, false), "differs: it panicked: slot # of # is taken");
    assert_eq!(with_pooled(&saved), "fixed: it no longer hangs");
    drop(journal);
    let journal = HuntJournal::resume(&place.path().join("out"), &hunt).expect("a journal");
    assert_eq!(journal.tally().runs(), 17);
}

#[test]
fn the_summary_lists_signatures_and_targets() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(
        vec![small("pooled-cancel-desync"), small("slotted-double-free"), small("pooled")],
        12,
    );
    let mut journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    play(&hunt, &mut journal);
    let tally = journal.tally();
    let second = tally.sightings[1].first.file.as_ref().expect("a file");
    let copy = place.path().join("known.toml");
    fs::copy(journal.dir().join(second), &copy).expect("a copy");
    let known = Baseline::of_files(vec![copy]).expect("saved runs");
    let first = tally.sightings[0].first.file.as_ref().expect("a file");
    let minimized = journal.dir().join(minimized_name(first));
    fs::write(&minimized, "").expect("a minimized case");
    let summary = print::summary(tally, &known, journal.dir(), Layout::PLAIN);
    let summary = summary.replace(&place.path().display().to_string(), "runs");
    insta::assert_snapshot!(summary, @r#"
        violated: 10 of 36 runs failed, with 2 signatures, 1 new

        Signatures, with their files in runs/out/
                  8  I7 connection hygiene, call timed out, connection reused
                     new
                     small:6:pooled-cancel-desync:none
                     001-pooled-cancel-desync-i7-connection-hygiene-call-timed-out-connection-reused.toml
                     001-pooled-cancel-desync-i7-connection-hygiene-call-timed-out-connection-reused.small.toml
                  2  I7 connection hygiene, connection reused, two on one connection
                     known: runs/known.toml
                     small:6:slotted-double-free:none
                     002-slotted-double-free-i7-connection-hygiene-connection-reused-two-on-one-connectio.toml

        Where
                                       seeds  clean  violated  inconclusive  panicked  hung
          small: pooled-cancel-desync     12      4         8             0         0     0
          small: slotted-double-free      12     10         2             0         0     0
          small: pooled                   12     12         0             0         0     0
    "#);
    let first =
        Finding { story: vec!["0.1 50 % of it".to_owned()], ..tally.sightings[0].first.clone() };
    insta::assert_snapshot!(print::annotation(&first, None, Path::new("out")), @"::error file=out/001-pooled-cancel-desync-i7-connection-hygiene-call-timed-out-connection-reused.toml,title=I7 connection hygiene%2C call timed out%2C connection reused::new%0Areplay: small:6:pooled-cancel-desync:none%0A0.1 50 %25 of it");
    let annotated = print::annotation(&first, Some(Path::new("known.toml")), Path::new("out"));
    assert!(annotated.starts_with("::warning file=out/"), "{annotated}");
    assert!(annotated.contains("::known: known.toml%0Areplay: "), "{annotated}");
    let none = Tally::new(&hunt.targets);
    insta::assert_snapshot!(print::summary(&none, &known, Path::new("out"), Layout::PLAIN), @"
    inconclusive: no run ended

    Where
                                   seeds  clean  violated  inconclusive  panicked  hung
      small: pooled-cancel-desync      0      0         0             0         0     0
      small: slotted-double-free       0      0         0             0         0     0
      small: pooled                    0      0         0             0         0     0
    ");
}

/// A test case shows a finding of its own target, even if another scenario showed the failure
/// first.
#[test]
fn a_test_case_shows_findings_of_its_own_scenario() {
    let place = tempfile::tempdir().expect("a directory");
    let mut scenario = small("pooled").scenario().clone();
    scenario.duration_ms += 1_000;
    let longer = Target::of("longer", scenario).expect("a known client");
    let [small, longer] =
        [small("pooled"), longer].map(|target| target.client(Broken::client(false)));
    let hunt = hunt(vec![small, longer], 2);
    let mut journal = HuntJournal::begin(&place.path().join("out"), &hunt).expect("a journal");
    play(&hunt, &mut journal);
    assert_eq!(journal.tally().sightings.len(), 1);
    let report = junit::xml(journal.tally(), &Baseline::default()).expect("XML");
    let cases: Vec<_> = report.split("<testcase").skip(1).collect();
    for (name, case) in ["small", "longer"].into_iter().zip(cases) {
        assert!(case.contains(&format!("2 seeds, first {name}:5:broken:")), "{report}");
    }
}

#[test]
fn a_hunt_without_runs_is_not_clean() {
    let tally = Tally::new(&[small("pooled")]);
    assert_eq!(tally.verdict(), Verdict::Inconclusive);
}
