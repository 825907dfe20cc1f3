//! A test keeps what it finds beside it, made small, and plays it first from then on.

use crosswire::Storm;
use crosswire::saved::{Expect, SavedRun};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn storm(dir: &std::path::Path, client: &str) -> Storm {
    Storm::named("notification-mix-up").client(client).regressions(dir)
}

fn failure(storm: &Storm, seeds: u64) -> Option<String> {
    let outcome = storm.clone().seeds(seeds).run();
    let failed = catch_unwind(AssertUnwindSafe(|| outcome.assert_clean())).err()?;
    failed.downcast::<String>().ok().map(|text| *text)
}

#[test]
fn what_is_found_is_kept_small_and_played_first() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path().join("regressions");
    let faulty = storm(&dir, "pooled-cancel-desync");
    let told = failure(&faulty, 2).expect("it is found");
    assert!(told.contains("saved: "), "{told}");
    let file = std::fs::read_dir(&dir).expect("the directory").next().expect("a file");
    let file = file.expect("a file").path();
    let kept = SavedRun::read(&file).expect("a saved run");
    assert_eq!(kept.expect, Expect::Clean, "it is to be mended");
    let acts = kept.plan.script.as_ref().map(crosswire_plan::Script::acts);
    // Alone it comes down to four; other tests at the same time use up its budget.
    assert!(acts.is_some_and(|acts| acts < 500), "{acts:?} acts");

    // Of no seeds at all, the file alone shows it.
    let told = failure(&faulty, 0).expect("it is still there");
    assert!(told.contains("still fails") && told.contains("conn-"), "{told}");
    let mended = failure(&storm(&dir, "pooled"), 8);
    assert_eq!(mended, None, "the right twin has mended it");
}
