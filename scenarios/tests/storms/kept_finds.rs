//! A test saves and minimizes what it finds, and replays it first from then on.

use crosswire::Storm;
use crosswire::saved::{Expect, SavedRun};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

fn storm(dir: &std::path::Path, client: &str) -> Storm {
    let storm = Storm::named("notification-mix-up").client(client).regressions(dir);
    storm.minimize_for(Duration::from_secs(8))
}

fn failure(storm: &Storm, seeds: u64) -> Option<String> {
    let outcome = storm.clone().seeds(seeds).run();
    let failed = catch_unwind(AssertUnwindSafe(|| outcome.assert_clean())).err()?;
    failed.downcast::<String>().ok().map(|text| *text)
}

#[test]
fn a_find_is_minimized_saved_and_replayed_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().join("regressions");
    let faulty = storm(&dir, "pooled-cancel-desync");
    let message = failure(&faulty, 2).expect("a failure");
    assert!(message.contains("saved: "), "{message}");
    let file = std::fs::read_dir(&dir).expect("the directory").next().expect("a file");
    let file = file.expect("a file").path();
    assert!(file.to_string_lossy().ends_with(".toml.new"), "{} is pending", file.display());
    let kept = SavedRun::read(&file).expect("a saved run");
    assert_eq!(kept.expect, Expect::Clean, "it must be fixed");
    let acts = kept.plan.script.as_ref().map(crosswire_plan::Script::acts);
    // Alone it is minimized to four; tests that run at the same time use up its budget.
    assert!(acts.is_some_and(|acts| acts < 500), "{acts:?} acts");

    // Without any seeds, the file alone reproduces it.
    let message = failure(&faulty, 0).expect("a failure");
    assert!(message.contains("still fails") && message.contains("conn-"), "{message}");
    let fixed = failure(&storm(&dir, "pooled"), 8);
    assert_eq!(fixed, None, "the correct twin does not have it");
}
