//! What can be asked of a queue. `ci/queue` has a server; here there is none.

use crate::support::{Place, refused};

/// Nobody listens there.
const NOWHERE: &str = "nats://127.0.0.1:1";

#[test]
fn what_makes_no_sense_is_refused() {
    refused(&["hunt", "--status"], &["--queue"]);
    refused(&["hunt", "calm", "--stay"], &["--stay"]);
    refused(&["hunt", "--queue", NOWHERE, "--name", "a b"], &["a b", "letters, digits"]);
    refused(&["hunt", "--queue", NOWHERE, "--forget"], &["--name"]);
    refused(&["hunt", "--queue", NOWHERE, "--announce"], &["SCENARIO"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--status"], &["cannot be used with"]);
    refused(&["hunt", "--queue", NOWHERE, "--collect", "--status"], &["cannot be used with"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--range", "0"], &["--range"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--lease", "0s"], &["no time at all"]);
}

#[cfg(not(feature = "queue"))]
#[test]
fn a_build_without_one_says_how_it_is_had() {
    let words = ["cargo build --release --features queue"];
    refused(&["hunt", "--queue", NOWHERE], &words);
    refused(&["hunt", "--queue", NOWHERE, "--status"], &[words[0], "--queue --status"]);
    let place = Place::new();
    refused(&["hunt", "calm", "--queue", NOWHERE, "--out", &place.name("out")], &words);
    assert!(!place.path("out").exists(), "nothing was begun");
}

#[cfg(feature = "queue")]
#[test]
fn a_server_that_is_not_there_is_told() {
    let expected = "expected such as nats://HOST:4222";
    for url in ["http://127.0.0.1", "nats://", "", "nats://a b", "ws://127.0.0.1"] {
        refused(&["hunt", "--queue", url], &["this is no server's URL", expected]);
    }
    let words = ["127.0.0.1:1: no NATS server answers there", "nats-server --jetstream"];
    refused(&["hunt", "--queue", NOWHERE], &words);
    let place = Place::new();
    refused(&["hunt", "calm", "--queue", NOWHERE, "--out", &place.name("out")], &words);
    assert!(!place.path("out").exists(), "nothing was begun");
    refused(&["hunt", "clam", "--queue", NOWHERE], &["did you mean `calm`?"]);
    refused(&["hunt", "calm", "--queue", NOWHERE, "--for", "1h"], &["--seeds N"]);
}
