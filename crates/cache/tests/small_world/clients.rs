//! Clients in a small world: one gateway, one cache node, and one fault.

use crate::{CACHE, TTL, config, far, on_a_world};
use crosswire_cache::server::CacheNode;
use crosswire_cache::{CacheClient, When, all, left_out};
use crosswire_net::Net;
use futures_util::future::{join, join3, join4};
use std::sync::Arc;

/// A client on its gateway, and a cache that holds `a`, `b` and `c`, each with its name as its
/// value. A message takes 10 ms.
#[derive(Clone)]
struct Served {
    client: Arc<dyn CacheClient>,
    net: Net,
    cache: CacheNode,
}

impl Served {
    async fn get(&self, key: &str) -> Option<String> {
        let value = self.client.get(key).await.unwrap_or_default();
        value.map(|value| String::from_utf8_lossy(&value).into_owned())
    }

    /// Asks after `after_ms`, in a separate task as a request does.
    fn later(&self, after_ms: u64, key: &'static str) -> impl Future<Output = Option<String>> {
        let world = self.clone();
        let asking = madsim::task::spawn(async move {
            world.net.sleep(after_ms).await;
            world.get(key).await
        });
        async { asking.await.expect("a call ends") }
    }

    /// Returns the client's answers for `a`, `b` and `c`, one by one and then all together.
    async fn answers(&self) -> Vec<Option<String>> {
        let mut answers = Vec::new();
        for key in ["a", "b", "c"] {
            answers.push(self.get(key).await);
        }
        let keys = ["a", "b", "c"].map(str::to_owned);
        let values = self.client.mget(&keys).await.unwrap_or_default();
        let text = |value: &bytes::Bytes| String::from_utf8_lossy(value).into_owned();
        answers.extend(values.iter().map(|value| value.as_ref().map(text)));
        answers
    }
}

/// Runs a story with a client that may hold `pool_size` connections.
fn with<F: Future<Output = ()>>(name: &str, pool_size: usize, story: impl FnOnce(Served) -> F) {
    let spec = all().iter().find(|spec| spec.name == name).expect("a client of that name");
    on_a_world(far(10), (), async |world| {
        let (net, cache) = (world.net.clone(), world.cache.clone());
        let (dialer, config) = (world.dialer.clone(), config(pool_size));
        let connect = (spec.connect)();
        // Written by a client of the same kind: some rename keys, or put them into another
        // database.
        let before = connect(dialer.clone(), config).await.expect("the client connects");
        for key in ["a", "b", "c"] {
            before.set(key, key.as_bytes(), TTL).await.expect("the value is stored");
        }
        drop(before);
        let client = connect(dialer, config).await.expect("the client connects");
        story(Served { client, net, cache }).await;
    });
}

/// All clients, faulty ones included: without faults, every client works.
fn all_names() -> impl Iterator<Item = &'static str> {
    all().iter().map(|spec| spec.name)
}

fn correct_names() -> impl Iterator<Item = &'static str> {
    all().iter().filter(|spec| spec.twin.is_none()).map(|spec| spec.name)
}

fn abc() -> Vec<Option<String>> {
    ["a", "b", "c", "a", "b", "c"].map(some).to_vec()
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a client's answer")]
fn some(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn every_client_reads_what_was_written_and_forgets_what_was_deleted() {
    for name in all_names() {
        with(name, 2, async |world| {
            assert_eq!(world.answers().await, abc(), "{name}");
            world.client.set("d", b"d", TTL).await.expect("the key is set");
            assert_eq!(world.get("d").await.as_deref(), Some("d"), "{name}");
            world.client.del("d").await.expect("the key is deleted");
            assert_eq!(world.get("d").await, None, "{name}");
        });
    }
}

#[test]
fn every_client_writes_on_a_condition() {
    for name in all_names() {
        with(name, 2, async |world| {
            let write = async |value: &str, when| {
                let value = value.as_bytes();
                world.client.set_if("d", value, TTL, when).await.expect("the node answers")
            };
            assert!(write("first", When::Absent).await, "{name}");
            assert!(!write("second", When::Absent).await, "{name}");
            assert!(!write("third", When::Equals(b"second")).await, "{name}");
            assert_eq!(world.get("d").await.as_deref(), Some("first"), "{name}");
            assert!(write("third", When::Equals(b"first")).await, "{name}");
            assert_eq!(world.get("d").await.as_deref(), Some("third"), "{name}");
        });
    }
}

/// Returns the client's answers after the node was loading when asked for three keys at once.
fn after_loading(name: &str) -> Vec<Option<String>> {
    let mut answers = Vec::new();
    with(name, 1, async |world| {
        world.cache.load_for(100);
        let keys = ["a", "b", "c"].map(str::to_owned);
        let values = world.client.mget(&keys).await.unwrap_or_default();
        assert!(values.iter().all(Option::is_none), "{name}");
        world.net.sleep(200).await;
        answers = world.answers().await;
    });
    answers
}

#[test]
fn a_node_that_was_loading_is_asked_again_and_answers() {
    for name in correct_names() {
        assert_eq!(after_loading(name), abc(), "{name}");
    }
    // The errors for `b` and `c` are still on the connection, and each call reads the reply to the
    // one before the last.
    let answers = after_loading("pipelined-stop-at-error");
    assert_eq!(answers[..3], [None, None, some("a")]);
}

/// Returns the client's answers after a call was dropped with its reply under way.
fn after_cancelling(name: &str) -> Vec<Option<String>> {
    let mut answers = Vec::new();
    with(name, 1, async |world| {
        assert!(world.get("a").await.is_some(), "{name}");
        world.cache.slow_down(100);
        assert!(world.net.timeout(50, world.client.get("b")).await.is_err(), "{name}");
        world.cache.slow_down(0);
        answers = world.answers().await;
    });
    answers
}

#[test]
fn a_dropped_call_takes_no_other_calls_reply() {
    for name in correct_names() {
        assert_eq!(after_cancelling(name), abc(), "{name}");
    }
    assert_eq!(after_cancelling("pooled-cancel-desync")[..2], [some("b"), some("a")]);
}

/// Returns the answer to the sixth call on a dead connection, if no caller waits for as long as the
/// client's time-out.
fn after_impatience(name: &str) -> Option<String> {
    let mut answer = None;
    with(name, 1, async |world| {
        assert!(world.get("a").await.is_some(), "{name}");
        world.net.half_open(CACHE, || true);
        for _ in 0..6 {
            answer = world.net.timeout(300, world.get("a")).await.ok().flatten();
        }
    });
    answer
}

#[test]
fn a_dead_connection_is_replaced_even_if_no_caller_waits_for_the_time_out() {
    for name in correct_names() {
        assert_eq!(after_impatience(name), some("a"), "{name}");
    }
}

/// Returns the answers to two simultaneous reads whose connection was reset, as was that of a
/// write.
fn after_a_reset(name: &str) -> Vec<Option<String>> {
    let mut answers = Vec::new();
    with(name, 4, async |world| {
        assert!(world.get("a").await.is_some(), "{name}");
        world.cache.slow_down(100);
        let reset = async {
            world.net.sleep(50).await;
            world.cache.slow_down(0);
            world.net.reset_connections(CACHE, || true, |len| len);
        };
        let set = world.client.set("d", b"d", TTL);
        let reads = join(world.get("a"), world.get("b"));
        let (_, (a, b), ()) = join3(set, reads, reset).await;
        answers = vec![a, b];
    });
    answers
}

#[test]
fn a_reset_connection_gives_errors_and_never_anothers_reply() {
    for name in correct_names() {
        let answers = after_a_reset(name);
        let fits = |value: &Option<String>, key| value.as_deref().is_none_or(|value| value == key);
        assert!(fits(&answers[0], "a") && fits(&answers[1], "b"), "{name}: {answers:?}");
    }
    // The write gets the reply to the first read, and the first read that to the second.
    assert_eq!(after_a_reset("multiplexed-replay-skew"), [some("b"), None]);
}

/// Returns the answers to two simultaneous calls, after a connection broke under an earlier pair.
fn after_an_error(name: &str) -> (Option<String>, Option<String>) {
    let mut answers = (None, None);
    with(name, 2, async |world| {
        let together = || join(world.later(0, "a"), world.later(0, "b"));
        together().await;
        world.net.reset_connections(CACHE, || true, |len| len);
        world.net.sleep(20).await;
        world.get("c").await;
        together().await;
        answers = together().await;
    });
    answers
}

#[test]
fn a_connection_that_broke_is_not_given_back_twice() {
    for name in correct_names() {
        assert_eq!(after_an_error(name), (some("a"), some("b")), "{name}");
    }
    // Both calls are on one connection; the last to come is woken for the first reply.
    assert_eq!(after_an_error("slotted-double-free"), (None, some("a")));
}

/// Returns the answers to two calls. The second begins when the clean-up after a dropped third one
/// ends; by then the first call has that slot.
fn after_a_clean_up(name: &str) -> (Option<String>, Option<String>) {
    let mut answers = (None, None);
    with(name, 2, async |world| {
        join(world.get("a"), world.get("b")).await;
        world.cache.slow_down(100);
        let dropped = async {
            world.net.sleep(60).await;
            world.net.timeout(50, world.get("b")).await.is_err()
        };
        let (busy, a, c) = (world.later(0, "c"), world.later(115, "a"), world.later(190, "c"));
        let (_, dropped, a, c) = join4(busy, dropped, a, c).await;
        assert!(dropped, "{name}");
        answers = (a, c);
    });
    answers
}

#[test]
fn a_clean_up_leaves_the_next_borrower_alone() {
    for name in correct_names() {
        assert_eq!(after_a_clean_up(name), (some("a"), some("c")), "{name}");
    }
    assert_eq!(after_a_clean_up("slotted-stale-cleanup"), (None, some("a")));
}

/// A name missing from one of the two lists would be neither tested nor reported.
#[test]
fn with_all_features_nothing_is_left_out() {
    let has_all = cfg!(all(
        feature = "deadpool",
        feature = "redis-0-29",
        feature = "moka",
        feature = "quick-cache"
    ));
    assert_eq!(has_all, left_out().next().is_none());
    for twin in all().iter().filter_map(|spec| spec.twin) {
        assert!(all().iter().any(|spec| spec.name == twin), "{twin}");
    }
}
