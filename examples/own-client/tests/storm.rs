//! The client under the storm.
//!
//! Environment variables choose the seeds:
//!
//! ```text
//! CROSSWIRE_SEED=7 cargo test careful       this seed alone
//! CROSSWIRE_SEEDS=500 cargo test careful    this number of seeds
//! CROSSWIRE_FOR=60 cargo test careful       as many as fit in 60 seconds, at least the usual ones
//! ```

use crosswire::Storm;
use own_client::{Careful, Hasty};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

/// Saved failures. They run first, so a fixed bug stays fixed.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

fn storm() -> Storm {
    Storm::named("notification-mix-up").seeds(32)
}

/// The test that a user would write: this is all of it.
#[test]
fn the_careful_client_is_clean() {
    storm()
        .cache_client("own-client", Careful::connect)
        .regressions(REGRESSIONS)
        .run()
        .assert_clean();
}

/// Each seed of `swarm` draws another world, and some worlds cut replies in two. A client that
/// takes half a reply for a whole one passes the test above.
#[test]
fn the_careful_client_is_clean_in_the_swarm() {
    let storm = Storm::named("swarm").cache_client("own-client", Careful::connect);
    storm.regressions(REGRESSIONS).seeds(24).run().assert_clean();
}

/// Returns the failure message of this test for the client with the bug.
fn failure(regressions: &Path) -> String {
    let storm = storm().cache_client("own-client", Hasty::connect).regressions(regressions);
    let storm = storm.minimize_for(Duration::from_secs(5));
    let failed = catch_unwind(AssertUnwindSafe(|| storm.run().assert_clean()));
    let message = failed.expect_err("a storm finds it");
    let message = message.downcast::<String>().expect("words");
    println!("{message}\n");
    *message
}

/// The failure has a story, a replay command and a saved file; the next run fails at once.
#[test]
fn the_hasty_client_is_caught() {
    let place = tempfile::tempdir().expect("a directory");
    let message = failure(place.path());
    assert!(message.contains("still unread"), "the story");
    assert!(message.contains("\nalso violated: I"), "the other invariants");
    assert!(message.contains("\nreplay: CROSSWIRE_SEED="), "the line");
    assert!(message.contains("\nsaved: "), "the file");
    let again = failure(place.path());
    assert!(again.contains(" still fails"), "the file runs first");
}

/// Two clients may share a directory: each runs the files that name it.
#[test]
fn a_file_of_another_client_is_skipped() {
    let storm = storm().seeds(1).cache_client("another-client", Careful::connect);
    let outcome = storm.regressions(REGRESSIONS).run();
    assert!(outcome.regressions.is_empty());
    outcome.assert_clean();
}

/// The file in `tests/regressions` is the result of such a failure. It is enough to find the bug,
/// so committing it keeps the bug from coming back.
#[test]
fn a_saved_failure_finds_the_bug_again() {
    let message = failure(Path::new(REGRESSIONS));
    assert!(message.contains(" still fails"));
}
