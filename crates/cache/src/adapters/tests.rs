//! The shelves of the libraries, each with a change that crosses a fetch, and a feed that is lost.

use super::moka_future::MokaFuture;
use super::moka_sync::MokaSync;
use super::quick_cache::QuickCache;
use super::trust::{EveryInvalidation, TheFeed, TheOriginal, Trust};
use crate::client::Moment;
use crate::clients::Shelf;
use bytes::Bytes;
use crosswire_net::Net;
use futures_util::future::{join, join3};
use madsim::runtime::Runtime;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::time::Duration;

/// How long a value has to live on the server.
const LEFT: Duration = Duration::from_millis(200);

/// A shelf with a feed, and a server behind it that answers after so many milliseconds.
struct Bench<S> {
    net: Net,
    shelf: S,
}

impl<S: Shelf> Bench<S> {
    fn play<T>(story: impl AsyncFnOnce(Self) -> T) -> T {
        Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(async {
            let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1)));
            let shelf = S::empty();
            shelf.feed_found();
            story(Self { net, shelf }).await
        })
    }

    async fn wait(&self, ms: u64) {
        madsim::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Reads `a`, of which the server says `value` after so long.
    async fn read(&self, value: &'static str, after_ms: u64) -> Option<Bytes> {
        let fetch = async {
            self.wait(after_ms).await;
            Ok((Some(Bytes::from_static(value.as_bytes())), Some(LEFT)))
        };
        self.shelf.read("a", Moment::now(&self.net), fetch).await.expect("the server answers")
    }

    async fn change_after(&self, ms: u64) {
        self.wait(ms).await;
        self.shelf.changed("a").await;
    }

    async fn kept(&self) -> Option<Bytes> {
        self.shelf.look_up("a", Moment::now(&self.net)).await
    }
}

/// What is kept of a value that was being fetched when its key was changed.
fn after_a_change_in_between<S: Shelf>() -> Option<Bytes> {
    Bench::<S>::play(async |bench| {
        join(bench.read("old", 20), bench.change_after(10)).await;
        bench.kept().await
    })
}

#[test]
fn what_was_fetched_across_a_change_is_kept_by_the_wrong_ones_only() {
    assert_eq!(after_a_change_in_between::<MokaFuture<TheOriginal>>(), None);
    assert_eq!(after_a_change_in_between::<MokaSync<TheOriginal>>(), None);
    assert_eq!(after_a_change_in_between::<QuickCache<TheOriginal>>(), None);
    let old = Some(Bytes::from_static(b"old"));
    assert_eq!(after_a_change_in_between::<MokaFuture<EveryInvalidation>>(), old);
    assert_eq!(after_a_change_in_between::<QuickCache<EveryInvalidation>>(), old);
}

/// What two are told of whom one asks before a change and the other behind it, while the first still
/// waits.
fn before_and_behind<S: Shelf>() -> (Option<Bytes>, Option<Bytes>) {
    Bench::<S>::play(async |bench| {
        let behind = async {
            bench.wait(15).await;
            bench.read("new", 20).await
        };
        let (before, behind, ()) =
            join3(bench.read("old", 30), behind, bench.change_after(10)).await;
        (before, behind)
    })
}

#[test]
fn whoever_asks_behind_a_change_is_not_told_what_was_before() {
    let told = (Some(Bytes::from_static(b"old")), Some(Bytes::from_static(b"new")));
    assert_eq!(before_and_behind::<MokaFuture<TheOriginal>>(), told);
    assert_eq!(before_and_behind::<MokaSync<TheOriginal>>(), told);
    assert_eq!(before_and_behind::<QuickCache<TheOriginal>>(), told);
    // It joins the look-up that began before.
    let joined = before_and_behind::<MokaFuture<EveryInvalidation>>();
    assert_eq!(joined.1, Some(Bytes::from_static(b"old")));
}

/// Whether a value is kept at once, when its original has ended, and when the feed was lost.
fn kept<S: Shelf>() -> [bool; 3] {
    Bench::<S>::play(async |bench| {
        bench.read("value", 10).await;
        let at_once = bench.kept().await.is_some();
        bench.wait(190).await;
        let ended = bench.kept().await.is_some();
        bench.shelf.changed("a").await;
        bench.read("value", 10).await;
        bench.shelf.feed_lost();
        bench.wait(1).await;
        bench.shelf.feed_found();
        [at_once, ended, bench.kept().await.is_some()]
    })
}

#[test]
fn a_right_one_keeps_a_value_until_its_original_ends_or_the_feed_does() {
    assert_eq!(kept::<MokaFuture<TheOriginal>>(), [true, false, false]);
    assert_eq!(kept::<MokaSync<TheOriginal>>(), [true, false, false]);
    assert_eq!(kept::<QuickCache<TheOriginal>>(), [true, false, false]);
    assert_eq!(kept::<MokaFuture<EveryInvalidation>>(), [true, true, false]);
    assert_eq!(kept::<MokaSync<TheFeed>>(), [true, true, true]);
}

/// Nothing is kept while nobody would tell of a change.
#[test]
fn without_a_feed_a_right_one_keeps_nothing() {
    fn without<T: Trust>() -> bool {
        Bench::<MokaSync<T>>::play(async |bench| {
            bench.shelf.feed_lost();
            bench.read("value", 10).await;
            bench.shelf.feed_found();
            bench.kept().await.is_some()
        })
    }
    assert!(!without::<TheOriginal>());
    assert!(without::<TheFeed>());
}
