//! The saved runs: each mechanism of the catalogue, found, minimized and still caught.

use crosswire::catalog;
use crosswire::mechanisms::MECHANISMS;
use crosswire::replay::replay;
use crosswire::saved::SavedRun;
use crosswire::sim::RunOutput;
use crosswire_checker::Verdict;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Returns the saved runs with their files, sorted.
pub(crate) fn kept() -> Vec<(PathBuf, SavedRun)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let entries = std::fs::read_dir(dir).expect("the directory");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        let saved = SavedRun::read(&file).unwrap_or_else(|bad| panic!("{bad}"));
        (file, saved)
    };
    files.into_iter().map(read).collect()
}

/// Limit of a run; none of them takes a second.
const BUDGET: Duration = Duration::from_mins(1);

fn played(saved: &SavedRun) -> RunOutput {
    let client = catalog::client(&saved.plan.client.name).expect("a known client");
    replay(saved, &client, BUDGET).run.expect("the run ends")
}

#[test]
fn every_mechanism_is_kept_and_still_caught() {
    let kept = kept();
    for mechanism in MECHANISMS {
        let of_it = kept.iter().filter(|(_, saved)| {
            (saved.plan.client.name.as_str(), saved.plan.service.name.as_str())
                == (mechanism.client(false), mechanism.service(false))
        });
        assert!(of_it.count() > 0, "no run of `{}` is kept", mechanism.faulty);
    }
    for (file, saved) in &kept {
        let client = catalog::client(&saved.plan.client.name).expect("a known client");
        let replayed = replay(saved, &client, BUDGET).replayed;
        assert!(replayed.is_as_expected(), "{}: {replayed}", file.display());
    }
}

/// The goal for their medians: two users, two cameras, two faults and twelve requests.
#[test]
fn they_are_small() {
    let mut sizes = [const { Vec::new() }; 4];
    for (_, saved) in kept() {
        let played = played(&saved);
        let script = saved.plan.script.as_ref().expect("it is written out");
        let counts = [
            script.phones.len(),
            script.cameras.len(),
            saved.plan.faults.len(),
            played.findings.requests as usize,
        ];
        for (all, count) in sizes.iter_mut().zip(counts) {
            all.push(count);
        }
    }
    let medians = sizes.map(|mut all| {
        all.sort_unstable();
        all[all.len() / 2]
    });
    let goal = [2, 2, 2, 12];
    let met = medians.iter().zip(goal).all(|(median, goal)| *median <= goal);
    assert!(met, "users, cameras, faults, requests: {medians:?}, at most {goal:?}");
}

/// The cause is the mechanism: its correct twin survives the plan that caught it.
#[test]
fn a_correct_twin_survives_the_same_plan() {
    for (file, saved) in kept() {
        let plan = &saved.plan;
        let mechanism = MECHANISMS.iter().find(|mechanism| {
            (plan.client.name.as_str(), plan.service.name.as_str())
                == (mechanism.client(false), mechanism.service(false))
        });
        let by_row = mechanism.map(|mechanism| (mechanism.client(true), mechanism.service(true)));
        let spec = crosswire::cache::all().iter().find(|spec| spec.name == plan.client.name);
        let by_list = spec.and_then(|spec| Some((spec.twin?, plan.service.name.as_str())));
        let Some((client, service)) = by_row.or(by_list) else { continue };
        let mut twin = saved.clone();
        client.clone_into(&mut twin.plan.client.name);
        service.clone_into(&mut twin.plan.service.name);
        let played = played(&twin);
        let verdict = played.findings.verdict;
        assert!(verdict != Verdict::Violated, "{}: {:?}", file.display(), played.findings.counts);
    }
}
