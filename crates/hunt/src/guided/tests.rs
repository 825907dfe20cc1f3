//! A guided hunt runs the same plans on any number of threads and however often it is interrupted,
//! and its findings are kept like any others.

use super::corpus_dir::CorpusDir;
use super::*;
use crate::Finding;
use crate::journal::FILE;
use crate::tests::{Broken, Events, Left, hunt, left, small};
use crosswire::catalog;
use crosswire::replay::{Replayed, ReplayedRun, replay};
use crosswire::saved::SavedRun;
use crosswire::sim::{ClientUnderTest, play, watch};
use crosswire_plan::{Seed, draw};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const FAULTY: &str = "pooled-cancel-desync";

fn begun(hunt: &Hunt, dir: &Path, guide: &mut Guide) -> (Events, Left) {
    let mut journal = HuntJournal::begin_guided(dir, hunt, guide).expect("a journal");
    let events = played(hunt, guide, &mut journal);
    (events, left(dir, &journal))
}

fn resumed(hunt: &Hunt, dir: &Path, guide: &mut Guide) -> (Events, Left) {
    let mut journal = HuntJournal::resume_guided(dir, hunt, guide).expect("a journal");
    let events = played(hunt, guide, &mut journal);
    (events, left(dir, &journal))
}

fn played(hunt: &Hunt, guide: &mut Guide, journal: &mut HuntJournal) -> Events {
    let mut events = Events::default();
    hunt.run_guided(guide, journal, &mut events, &|| false).expect("the hunt ends");
    events
}

fn kept_runs(guide: &Guide) -> Vec<Vec<u64>> {
    let runs = |corpus: &Corpus| corpus.plans().iter().map(|kept| kept.run).collect();
    guide.corpora().iter().map(runs).collect()
}

#[test]
fn a_guided_hunt_does_not_depend_on_the_threads() {
    let place = tempfile::tempdir().expect("a directory");
    let all = [1, 2, 5].map(|threads| {
        let hunt = Hunt { threads, ..hunt(vec![small(FAULTY), small("pooled")], 64) };
        let mut guide = Guide::default();
        let (events, left) = begun(&hunt, &place.path().join(threads.to_string()), &mut guide);
        (events.found, left, kept_runs(&guide))
    });
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    let (_, left, kept) = &all[0];
    assert!(left.done.len() == 128 && left.done.values().all(|times| *times == 1));
    assert!(kept[1].len() > 5, "{kept:?}");
    assert!(kept[1].iter().any(|run| *run >= 2 * GENERATION), "it learns nothing: {kept:?}");
    assert!(left.findings.iter().any(|finding| finding.contains(".toml")), "{left:?}");
}

#[test]
fn a_guided_hunt_that_is_cut_off_anywhere_can_be_resumed() {
    let place = tempfile::tempdir().expect("a directory");
    let whole = place.path().join("whole");
    let hunt = hunt(vec![small(FAULTY)], 48);
    let old = vec![vec![small(FAULTY).plan(1_000), small(FAULTY).plan(1_001)]];
    let (_, expected) = begun(&hunt, &whole, &mut Guide::with(old.clone()));
    let bytes = fs::read(whole.join(FILE)).expect("a journal");
    let ends: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at] == b'\n').collect();
    let few = ends.iter().step_by(ends.len() / 6 + 1);
    for cut in few.flat_map(|&end| [end, end + 1, end + 40]).chain([0, 1, ends[0] + 1]) {
        let dir = place.path().join(format!("cut-{cut}"));
        if dir.exists() || cut > bytes.len() {
            continue;
        }
        fs::create_dir(&dir).expect("a directory");
        fs::write(dir.join(FILE), &bytes[..cut]).expect("a journal");
        for (name, bytes) in &expected.files {
            fs::write(dir.join(name), bytes).expect("a file");
        }
        let (_, left) = resumed(&hunt, &dir, &mut Guide::with(old.clone()));
        assert_eq!(left, expected, "cut at {cut}");
    }
}

#[test]
fn a_stopped_guided_hunt_resumes_where_it_was() {
    let place = tempfile::tempdir().expect("a directory");
    let [whole, stopped] = ["whole", "stopped"].map(|name| place.path().join(name));
    let hunt = hunt(vec![small(FAULTY), small("pooled")], 40);
    let mut guide = Guide::default();
    let (_, expected) = begun(&hunt, &whole, &mut guide);
    let expected_corpora = kept_runs(&guide);
    let mut guide = Guide::default();
    drop(HuntJournal::begin_guided(&stopped, &hunt, &guide).expect("a journal"));
    for _ in 0..100 {
        let mut journal =
            HuntJournal::resume_guided(&stopped, &hunt, &mut guide).expect("a journal");
        if journal.tally().runs() == 80 {
            break;
        }
        let asked = AtomicU64::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= 13;
        let mut events = Events::default();
        hunt.run_guided(&mut guide, &mut journal, &mut events, &stop).expect("a hunt");
    }
    let (_, left) = resumed(&hunt, &stopped, &mut guide);
    assert_eq!(left, expected);
    assert_eq!(kept_runs(&guide), expected_corpora);
}

#[test]
fn a_bred_finding_is_replayed_from_its_file() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small(FAULTY)], 80);
    let mut journal =
        HuntJournal::begin_guided(place.path(), &hunt, &Guide::default()).expect("a journal");
    let mut all = All::default();
    hunt.run_guided(&mut Guide::default(), &mut journal, &mut all, &|| false).expect("a hunt");
    let bred: Vec<_> = all.0.iter().filter(|finding| finding.bred).collect();
    assert!(!bred.is_empty(), "{:?}", all.0);
    for finding in bred {
        let path = finding.again(place.path());
        let saved = SavedRun::read(Path::new(&path)).expect("a saved run");
        assert_eq!(saved.signature.as_deref(), Some(&*finding.signature));
        let client = catalog::client(&saved.plan.client.name).expect("a client");
        let ReplayedRun { run, replayed } = replay(&saved, &client, Duration::from_mins(1));
        let played = run.expect("a run");
        assert_eq!(replayed, Replayed::Reproduces { exactly: true, retry: 0 });
        let first = all.0.iter().find(|first| first.bred && first.replay == finding.replay);
        assert_eq!(first.and_then(|first| first.digest.clone()), Some(played.digest.to_string()));
    }
}

/// Collects all findings.
#[derive(Default)]
struct All(Vec<Finding>);

impl Listener for All {
    fn found(&mut self, finding: &Finding, _: bool) {
        self.0.push(finding.clone());
    }

    fn tick(&mut self, _: &crate::Tally) {}
}

#[test]
fn a_bred_plan_that_panics_is_kept_too() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small("pooled").client(Broken::client(false))], 4);
    let old = vec![vec![small("pooled").plan(1), small("pooled").plan(2)]];
    let (events, left) = begun(&hunt, place.path(), &mut Guide::with(old));
    assert_eq!(events.found.len(), 4);
    let names: Vec<_> = left.files.keys().collect();
    assert_eq!(names, ["001-broken-panicked-slot-of-is-taken.toml"]);
    let saved = SavedRun::read(&place.path().join(names[0])).expect("a saved run");
    assert_eq!(saved.signature.as_deref(), Some("panicked: slot # of # is taken"));
    assert!(left.kept.is_empty());
}

#[test]
fn a_watcher_does_not_change_the_run() {
    for (scenario, client) in [("swarm", "pooled"), ("swarm", FAULTY), ("resale", "slotted")] {
        let scenario = crosswire::scenarios::scenario(scenario).expect("a scenario");
        let plan = Arc::new(draw(&scenario, Seed(3)));
        let client = ClientUnderTest::named(client).expect("a client");
        let alone = play(&plan, &client).expect("a run");
        let watched = || watch(&plan, &client, Watcher::new(plan.clone())).expect("a run");
        let (seen, first) = watched();
        assert_eq!(alone.digest, seen.digest);
        assert_eq!(alone.findings.counts, seen.findings.counts);
        let (_, second) = watched();
        let [first, second] = [first, second].map(|watcher| watcher.finish(&seen.findings.reached));
        assert_eq!(first, second);
        assert!(first.count() > 300, "{}", first.count());
    }
}

#[test]
fn a_corpus_is_kept_from_one_hunt_to_the_next() {
    let place = tempfile::tempdir().expect("a directory");
    let [first, second, corpus_dir] =
        ["first", "second", "corpus"].map(|name| place.path().join(name));
    let hunt = hunt(vec![small("pooled"), small(FAULTY)], 32);
    assert!(
        CorpusDir::read(&corpus_dir, &hunt).expect("no corpus yet").plans.iter().all(Vec::is_empty)
    );
    let mut guide = Guide::default();
    let (_, left) = begun(&hunt, &first, &mut guide);
    CorpusDir::default().write(&corpus_dir, &hunt, guide.corpora(), &[]).expect("a corpus");

    let read = CorpusDir::read(&corpus_dir, &hunt).expect("a corpus");
    assert_eq!(read.skipped, Vec::<String>::new());
    let count = |guide: &Guide| guide.corpora().iter().map(|c| c.plans().len()).sum::<usize>();
    assert_eq!(read.plans.iter().map(Vec::len).sum::<usize>(), count(&guide));
    let mut again = Guide::with(read.plans.clone());
    let (_, more) = begun(&Hunt { from: 900, ..hunt.clone() }, &second, &mut again);
    assert!(more.findings.len() + left.findings.len() > 0);
    let files = || SavedRun::files(&corpus_dir).expect("files").len();
    // A hunt that ended before its first run leaves all files as they were.
    let before = files();
    read.write(&corpus_dir, &hunt, &[], &[0, 0]).expect("a corpus");
    assert_eq!(files(), before);
    let all = read.plans.iter().map(|plans| 2 * plans.len() as u64).collect::<Vec<_>>();
    read.write(&corpus_dir, &hunt, again.corpora(), &all).expect("a corpus");
    assert_eq!(files(), count(&again));
}

#[test]
fn plans_that_no_longer_fit_are_reported_and_skipped() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small("pooled")], 16);
    let mut guide = Guide::default();
    begun(&hunt, &place.path().join("hunt"), &mut guide);
    let corpus_dir = place.path().join("corpus");
    CorpusDir::default().write(&corpus_dir, &hunt, guide.corpora(), &[]).expect("a corpus");
    let files = SavedRun::files(&corpus_dir).expect("files");
    let text = fs::read_to_string(&files[0]).expect("a file");
    let other = |name: &str, right: &str, wrong: &str| {
        assert!(text.contains(right), "{right} is not in {text}");
        fs::write(corpus_dir.join(name), text.replace(right, wrong)).expect("a file");
    };
    other("another.toml", "scenario = \"small\"", "scenario = \"large\"");
    other("broken.toml", "version = 2", "version = ");
    other("unfit.toml", "cameras = ", "cameras = 10");
    let read = CorpusDir::read(&corpus_dir, &hunt).expect("a corpus");
    assert_eq!(read.plans[0].len(), files.len());
    let events = read.skipped.join("\n").replace(&*corpus_dir.to_string_lossy(), "DIR");
    assert!(events.contains("DIR/broken.toml:") && events.contains("this is not TOML"), "{events}");
    assert!(events.contains("DIR/unfit.toml: `cast.cameras` is 10"), "{events}");
    assert_eq!(read.skipped.len(), 2, "plans of another scenario are ignored: {events}");
    // Skipped files are not removed.
    read.write(&corpus_dir, &hunt, &[], &[u64::MAX]).expect("a corpus");
    assert_eq!(SavedRun::files(&corpus_dir).expect("files").len(), 3);
}

#[test]
fn guided_and_unguided_hunts_do_not_share_a_journal() {
    let place = tempfile::tempdir().expect("a directory");
    let hunt = hunt(vec![small("pooled")], 1);
    drop(HuntJournal::begin_guided(place.path(), &hunt, &Guide::default()).expect("a journal"));
    let bad = HuntJournal::resume(place.path(), &hunt).err().expect("it is guided").to_string();
    assert!(bad.ends_with("this hunt is guided; you asked for an unguided one"), "{bad}");
}
