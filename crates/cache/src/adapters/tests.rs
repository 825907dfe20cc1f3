//! The libraries' local stores under a change during a fetch and under a lost feed.

use super::invalidation_policy::{
    ExpireWithOriginal, InvalidationPolicy, TrustFeed, TrustInvalidations,
};
use super::moka_future::MokaFuture;
use super::moka_sync::MokaSync;
use super::quick_cache::QuickCache;
use crate::client::Moment;
use crate::clients::LocalStore;
use bytes::Bytes;
use crosswire_net::Net;
use futures_util::future::{join, join3};
use madsim::runtime::Runtime;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::time::Duration;

/// The remaining time to live of a value on the server.
const LEFT: Duration = Duration::from_millis(200);

/// A local store with a feed; `read` plays the server behind it.
struct Fixture<S> {
    net: Net,
    store: S,
}

impl<S: LocalStore> Fixture<S> {
    fn run<T>(story: impl AsyncFnOnce(Self) -> T) -> T {
        Runtime::with_seed_and_config(1, madsim::Config::default()).block_on(async {
            let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1)));
            let local = S::empty();
            local.feed_found();
            story(Self { net, store: local }).await
        })
    }

    async fn wait(&self, ms: u64) {
        madsim::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Reads `a`; the server answers `value` after `after_ms`.
    async fn read(&self, value: &'static str, after_ms: u64) -> Option<Bytes> {
        let fetch = async {
            self.wait(after_ms).await;
            Ok((Some(Bytes::from_static(value.as_bytes())), Some(LEFT)))
        };
        self.store.read("a", Moment::now(&self.net), fetch).await.expect("the server answers")
    }

    async fn change_after(&self, ms: u64) {
        self.wait(ms).await;
        self.store.changed("a").await;
    }

    async fn kept(&self) -> Option<Bytes> {
        self.store.look_up("a", Moment::now(&self.net)).await
    }
}

/// Returns what is kept of a value whose key was changed during the fetch.
fn after_a_change_in_between<S: LocalStore>() -> Option<Bytes> {
    Fixture::<S>::run(async |fixture| {
        join(fixture.read("old", 20), fixture.change_after(10)).await;
        fixture.kept().await
    })
}

#[test]
fn a_value_fetched_across_a_change_is_kept_by_the_faulty_stores_only() {
    assert_eq!(after_a_change_in_between::<MokaFuture<ExpireWithOriginal>>(), None);
    assert_eq!(after_a_change_in_between::<MokaSync<ExpireWithOriginal>>(), None);
    assert_eq!(after_a_change_in_between::<QuickCache<ExpireWithOriginal>>(), None);
    let old = Some(Bytes::from_static(b"old"));
    assert_eq!(after_a_change_in_between::<MokaFuture<TrustInvalidations>>(), old);
    assert_eq!(after_a_change_in_between::<QuickCache<TrustInvalidations>>(), old);
}

/// Returns the answers to two reads, one before a change and one after it, while the first still
/// waits.
fn before_and_behind<S: LocalStore>() -> (Option<Bytes>, Option<Bytes>) {
    Fixture::<S>::run(async |fixture| {
        let behind = async {
            fixture.wait(15).await;
            fixture.read("new", 20).await
        };
        let (before, behind, ()) =
            join3(fixture.read("old", 30), behind, fixture.change_after(10)).await;
        (before, behind)
    })
}

#[test]
fn a_read_after_a_change_does_not_return_the_old_value() {
    let answers = (Some(Bytes::from_static(b"old")), Some(Bytes::from_static(b"new")));
    assert_eq!(before_and_behind::<MokaFuture<ExpireWithOriginal>>(), answers);
    assert_eq!(before_and_behind::<MokaSync<ExpireWithOriginal>>(), answers);
    assert_eq!(before_and_behind::<QuickCache<ExpireWithOriginal>>(), answers);
    // It joins the look-up that began before the change.
    let joined = before_and_behind::<MokaFuture<TrustInvalidations>>();
    assert_eq!(joined.1, Some(Bytes::from_static(b"old")));
}

/// Returns whether a value is kept at first, after its original has ended, and after the feed was
/// lost.
fn kept<S: LocalStore>() -> [bool; 3] {
    Fixture::<S>::run(async |fixture| {
        fixture.read("value", 10).await;
        let at_once = fixture.kept().await.is_some();
        fixture.wait(190).await;
        let ended = fixture.kept().await.is_some();
        fixture.store.changed("a").await;
        fixture.read("value", 10).await;
        fixture.store.feed_lost();
        fixture.wait(1).await;
        fixture.store.feed_found();
        [at_once, ended, fixture.kept().await.is_some()]
    })
}

#[test]
fn a_correct_store_keeps_a_value_until_its_original_or_the_feed_ends() {
    assert_eq!(kept::<MokaFuture<ExpireWithOriginal>>(), [true, false, false]);
    assert_eq!(kept::<MokaSync<ExpireWithOriginal>>(), [true, false, false]);
    assert_eq!(kept::<QuickCache<ExpireWithOriginal>>(), [true, false, false]);
    assert_eq!(kept::<MokaFuture<TrustInvalidations>>(), [true, true, false]);
    assert_eq!(kept::<MokaSync<TrustFeed>>(), [true, true, true]);
}

/// Without a feed, changes would go unnoticed.
#[test]
fn without_a_feed_a_correct_store_keeps_nothing() {
    fn without<T: InvalidationPolicy>() -> bool {
        Fixture::<MokaSync<T>>::run(async |fixture| {
            fixture.store.feed_lost();
            fixture.read("value", 10).await;
            fixture.store.feed_found();
            fixture.kept().await.is_some()
        })
    }
    assert!(!without::<ExpireWithOriginal>());
    assert!(without::<TrustFeed>());
}
