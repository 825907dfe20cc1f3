//! The client under the storm.
//!
//! The same variables as in any such test change what is played:
//!
//! ```text
//! CROSSWIRE_SEED=7 cargo test careful       this seed alone
//! CROSSWIRE_SEEDS=500 cargo test careful    so many seeds
//! CROSSWIRE_FOR=60 cargo test careful       as many as there is time for, in seconds
//! ```

use crosswire::Storm;
use own_client::{Careful, Hasty};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What was found before. It is played first, so what was mended stays so.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

fn storm() -> Storm {
    Storm::named("notification-mix-up").seeds(32)
}

/// A test as one's own would be: this is all of it.
#[test]
fn the_careful_client_keeps_the_wires_straight() {
    storm()
        .cache_client("own-client", Careful::connect)
        .regressions(REGRESSIONS)
        .run()
        .assert_clean();
}

/// What the same test says when the client has a bug.
fn failure(regressions: &Path) -> String {
    let storm = storm().cache_client("own-client", Hasty::connect).regressions(regressions);
    let failed = catch_unwind(AssertUnwindSafe(|| storm.run().assert_clean()));
    let told = failed.expect_err("a storm finds it");
    let told = told.downcast::<String>().expect("words");
    println!("{told}\n");
    *told
}

/// It fails with a story, the line that plays it again and a file; and from then on at once.
#[test]
fn the_hasty_client_is_caught() {
    let place = tempfile::tempdir().expect("a directory");
    let told = failure(place.path());
    assert!(told.contains("still unread"), "the story");
    assert!(told.contains("\nreplay: CROSSWIRE_SEED="), "the line");
    assert!(told.contains("\nkept: "), "the file");
    let again = failure(place.path());
    assert!(again.contains(" still shows it"), "the file is played first");
}

/// Two clients of a crate may share a directory: each plays the files that name it.
#[test]
fn a_file_of_another_client_is_passed_over() {
    let storm = storm().seeds(1).cache_client("another-client", Careful::connect);
    let outcome = storm.regressions(REGRESSIONS).run();
    assert!(outcome.regressions.is_empty());
    outcome.assert_clean();
}

/// The file in `tests/regressions` is what such a failure left. The bug is found by it alone, and
/// whoever commits it has a test that the bug does not come back.
#[test]
fn what_was_kept_finds_the_bug_again() {
    let told = failure(Path::new(REGRESSIONS));
    assert!(told.contains(" still shows it"));
}
