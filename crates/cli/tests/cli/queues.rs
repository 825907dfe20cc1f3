//! `crosswire hunt --queue` without a server. `ci/queue` tests it with one.

use crate::support::{Place, refused};

/// An address at which no server listens.
const NOWHERE: &str = "nats://127.0.0.1:1";

#[test]
fn bad_arguments_are_refused() {
    refused(&["hunt", "--status"], &["--queue"]);
    refused(&["hunt", "calm", "--stay"], &["--stay"]);
    refused(&["hunt", "--queue", NOWHERE, "--name", "a b"], &["a b", "letters, digits"]);
    refused(&["hunt", "--queue", NOWHERE, "--forget"], &["--name"]);
    refused(&["hunt", "--queue", NOWHERE, "--announce"], &["SCENARIO"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--status"], &["cannot be used with"]);
    refused(&["hunt", "--queue", NOWHERE, "--collect", "--status"], &["cannot be used with"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--range", "0"], &["--range"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--lease", "0s"], &["the time is zero"]);
}

#[cfg(not(feature = "queue"))]
#[test]
fn a_build_without_a_queue_says_how_to_build_one() {
    let words = ["cargo build --release --features queue"];
    refused(&["hunt", "--queue", NOWHERE], &words);
    refused(&["hunt", "--queue", NOWHERE, "--status"], &[words[0], "--queue --status"]);
    let place = Place::new();
    refused(&["hunt", "calm", "--queue", NOWHERE, "--out", &place.name("out")], &words);
    assert!(!place.path("out").exists(), "the hunt began");
}

#[cfg(feature = "queue")]
#[test]
fn an_unreachable_server_is_an_error() {
    let expected = "expected such as nats://HOST:4222";
    for url in ["http://127.0.0.1", "nats://", "", "nats://a b", "ws://127.0.0.1"] {
        refused(&["hunt", "--queue", url], &["this is no server's URL", expected]);
    }
    let words = ["127.0.0.1:1: no NATS server answers there", "nats-server --jetstream"];
    refused(&["hunt", "--queue", NOWHERE], &words);
    let place = Place::new();
    refused(&["hunt", "calm", "--queue", NOWHERE, "--out", &place.name("out")], &words);
    assert!(!place.path("out").exists(), "the hunt began");
    refused(&["hunt", "clam", "--queue", NOWHERE], &["did you mean `calm`?"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--for", "1h"], &["--seeds N"]);
}
