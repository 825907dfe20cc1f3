//! The service under the storm.
//!
//! Environment variables choose the seeds, as in `examples/own-client`.

use crosswire::Storm;
use crosswire::async_trait;
use crosswire::service::{Deps, Job, Refusal, Request, Response, Service, SessionId};
use own_service::{
    Careful, EarlyCheck, SharedUser, UncheckedExpiries, UncheckedSignatures, UncheckedUploads,
    UncheckedVideos,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

/// Saved failures. They run first, so a fixed bug stays fixed.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

/// The test that a user would write: this is all of it.
#[test]
fn the_careful_service_is_clean() {
    Storm::named("swarm")
        .service("own-service", Careful::new)
        .regressions(REGRESSIONS)
        .seeds(24)
        .run()
        .assert_clean();
}

#[test]
fn the_careful_service_is_clean_while_cameras_change_hands() {
    let storm = Storm::named("resale").service("own-service", Careful::new);
    storm.regressions(REGRESSIONS).seeds(8).run().assert_clean();
}

/// Returns the failure message of a storm.
fn failure(storm: Storm) -> String {
    let storm = storm.minimize_for(Duration::from_secs(5));
    let failed = catch_unwind(AssertUnwindSafe(|| storm.run().assert_clean()));
    let message = failed.expect_err("a storm finds it");
    let message = message.downcast::<String>().expect("words");
    println!("{message}\n");
    *message
}

/// The failure has a story that says for whom the directory was asked, a replay command and a saved
/// file; the next run fails at once.
#[test]
fn the_shared_user_is_found() {
    let place = tempfile::tempdir().expect("a directory");
    let storm = Storm::named("notification-mix-up").service("shared-user", SharedUser::new);
    let storm = storm.regressions(place.path()).seeds(4);
    let message = failure(storm.clone());
    assert!(message.contains("directory is asked to decide for user-"), "the cause");
    assert!(message.contains("\nreplay: CROSSWIRE_SEED="), "the line");
    assert!(message.contains("\nsaved: "), "the file");
    assert!(failure(storm).contains(" still fails"), "the file runs first");
}

#[test]
fn the_early_check_is_found() {
    let storm = Storm::named("swarm").service("early-check", EarlyCheck::new);
    let message = failure(storm.from_seed(19).seeds(1));
    assert!(message.contains("who may see it, and nobody asks later"), "the cause");
}

/// Returns the failure message of twelve seeds of `swarm` on one line.
fn in_swarm<S: Service>(make: impl Fn(Deps) -> S + Send + Sync + 'static) -> String {
    let message = failure(Storm::named("swarm").service("ours", make).seeds(12));
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A quarter of the phones and cameras is dishonest. Each story says what one of them asked for.
#[test]
fn each_missing_check_is_found() {
    let found = [
        (in_swarm(UncheckedVideos::new), "for the video of camera-"),
        (in_swarm(UncheckedSignatures::new), "for the thumbnail of camera-"),
        (in_swarm(UncheckedExpiries::new), "with a link that expired at "),
        (in_swarm(UncheckedUploads::new), ", an event of another camera"),
    ];
    for (message, cause) in found {
        assert!(message.contains(cause), "{cause}");
    }
}

/// The service whose video player was not deployed: all other requests end well, and videos are
/// too few to show among them.
struct NoVideos(Careful);

#[async_trait]
impl Service for NoVideos {
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal> {
        match request {
            Request::Video(_) => Err(Refusal::Failed),
            request => self.0.handle(session, request).await,
        }
    }

    fn disconnected(&self, session: SessionId) {
        self.0.disconnected(session);
    }

    async fn next_job(&self) -> Job {
        self.0.next_job().await
    }
}

#[test]
fn a_kind_of_request_that_always_fails_is_found() {
    let message = in_swarm(|deps| NoVideos(Careful::new(deps)));
    assert!(message.contains("requests of phones for a video"), "{message}");
}

/// The files in `tests/regressions` are the results of such failures. They are enough to find the
/// bugs.
#[test]
fn saved_failures_find_the_bugs_again() {
    let storm = || Storm::named("calm").regressions(Path::new(REGRESSIONS));
    let shared_user = failure(storm().service("shared-user", SharedUser::new));
    let early_check = failure(storm().service("early-check", EarlyCheck::new));
    assert!(shared_user.contains(" still fails") && early_check.contains(" still fails"));
}
