//! The gateway's edge: a response cache in front of everything, which operators switch on in an
//! emergency so that what many ask for is worked out once.
//!
//! An entry lives no longer than a link to a thumbnail, and a thumbnail no longer than its own
//! link, so that what is stale because of it stays within what a link may be.

use crate::api::{Request, Response, Token};
use crate::service::{ServiceConfig, Surroundings};
use crosswire_history::{EventId, UserId};
use crosswire_wire::Net;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long a response is kept at most.
const KEEP_MS: u64 = 1_000;

/// Responses that are kept at most; beyond that, new ones are not.
const ENTRIES: usize = 4_096;

/// What is asked for, as it stands in the first line of a request: not by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Path {
    /// A page of the Events tab.
    Events { cursor: u64 },
    /// A thumbnail by its link.
    Thumbnail { event: EventId, expires_ms: u64, signature: u64 },
    /// A video.
    Video(EventId),
}

impl Path {
    /// The path of a request that only reads; nothing for one that changes something.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        match *request {
            Request::List { cursor } => Some(Self::Events { cursor }),
            Request::Thumbnail(token) | Request::Enlarge(token) => {
                let Token { event, expires_ms, signature } = token;
                Some(Self::Thumbnail { event, expires_ms, signature })
            }
            Request::Video(event) => Some(Self::Video(event)),
            _ => None,
        }
    }
}

/// A response cache at the edge.
pub(crate) trait Edge: Send + Sync {
    /// The emergency configuration begins or ends.
    fn emergency(&self, _on: bool) {}

    /// A response that may be given to `user`, if one is kept.
    fn find(&self, _user: UserId, _path: Path) -> Option<Response> {
        None
    }

    /// This was the response to `user`.
    fn keep(&self, _user: UserId, _path: Path, _response: &Response) {}
}

/// Right. There is none.
pub(crate) struct NoEdge;

impl Edge for NoEdge {}

/// Under what a shared response cache keeps a response.
pub(crate) trait Keyed: Send + Sync + 'static {
    /// The part of the key that says for whom it was made.
    fn principal(user: UserId) -> Option<UserId>;
}

/// Right. By what was asked for and by whom.
pub(crate) struct ByPrincipal;

impl Keyed for ByPrincipal {
    fn principal(user: UserId) -> Option<UserId> {
        Some(user)
    }
}

/// Mechanism 9, key lacks the principal. Responses are kept by their path alone, and so the first
/// page of one user's Events tab is given to whoever asks for a first page next. An emergency
/// configuration under load wakes it, for without it nothing is kept. Steam, 25 December 2015: a
/// cache configuration that was brought in under load kept pages of users who were logged in, and
/// about 34,000 users' pages were shown to others; Klarna, 27 May 2021, was alike.
pub(crate) struct ByPath;

impl Keyed for ByPath {
    fn principal(_user: UserId) -> Option<UserId> {
        None
    }
}

type Key = (Path, Option<UserId>);

struct Kept {
    until_ms: u64,
    response: Response,
}

/// What is kept while the emergency configuration is on.
#[derive(Default)]
struct Store {
    on: bool,
    kept: BTreeMap<Key, Kept>,
}

impl Store {
    fn switch(&mut self, on: bool) {
        self.on = on;
        self.kept.clear();
    }

    fn find(&self, key: &Key, now_ms: u64) -> Option<Response> {
        let kept = self.kept.get(key)?;
        (now_ms <= kept.until_ms).then(|| kept.response.clone())
    }

    fn keep(&mut self, key: Key, now_ms: u64, for_ms: u64, response: &Response) {
        if self.on && self.kept.len() >= ENTRIES {
            self.kept.retain(|_, kept| now_ms <= kept.until_ms);
        }
        if !self.on || self.kept.len() >= ENTRIES {
            return;
        }
        let mut until_ms = now_ms + for_ms;
        if let (Path::Thumbnail { expires_ms, .. }, _) = key {
            until_ms = until_ms.min(expires_ms);
        }
        self.kept.insert(key, Kept { until_ms, response: response.clone() });
    }
}

/// A response cache that is shared by all who come to a gateway.
pub(crate) struct Shared<K> {
    net: Net,
    keep_ms: u64,
    principal_in_key: bool,
    store: Mutex<Store>,
    keyed: PhantomData<fn() -> K>,
}

impl<K: Keyed> Shared<K> {
    pub(crate) fn new(around: &Surroundings, config: &ServiceConfig) -> Self {
        Self {
            net: around.net.clone(),
            keep_ms: KEEP_MS.min(config.link_ms),
            principal_in_key: config.defences.principal_in_key,
            store: Mutex::default(),
            keyed: PhantomData,
        }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, user: UserId, path: Path) -> Key {
        key::<K>(self.principal_in_key, user, path)
    }
}

/// The key of a response; with the defence, every key names the principal.
fn key<K: Keyed>(principal_in_key: bool, user: UserId, path: Path) -> Key {
    let principal = if principal_in_key { Some(user) } else { K::principal(user) };
    (path, principal)
}

impl<K: Keyed> Edge for Shared<K> {
    fn emergency(&self, on: bool) {
        self.store().switch(on);
    }

    fn find(&self, user: UserId, path: Path) -> Option<Response> {
        self.store().find(&self.key(user, path), self.net.now_ms())
    }

    fn keep(&self, user: UserId, path: Path, response: &Response) {
        self.store().keep(self.key(user, path), self.net.now_ms(), self.keep_ms, response);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIRST_PAGE: Path = Path::Events { cursor: 0 };

    /// A page that can be told from others by its cursor.
    fn page(cursor: u64) -> Response {
        Response::Listing { items: Vec::new(), cursor, relations: 0, more: false }
    }

    fn found(store: &Store, key: Key, now_ms: u64) -> Option<u64> {
        match store.find(&key, now_ms)? {
            Response::Listing { cursor, .. } => Some(cursor),
            _ => None,
        }
    }

    fn in_an_emergency() -> Store {
        let mut store = Store::default();
        store.switch(true);
        store
    }

    #[test]
    fn by_path_the_next_one_is_given_the_page_of_the_one_before() {
        let (mine, theirs) = (UserId(1), UserId(2));
        let by_path = |user| key::<ByPath>(false, user, FIRST_PAGE);
        let defended = |user| key::<ByPath>(true, user, FIRST_PAGE);
        let by_principal = |user| key::<ByPrincipal>(false, user, FIRST_PAGE);
        let mut store = in_an_emergency();
        store.keep(by_path(mine), 0, 1_000, &page(7));
        assert_eq!(found(&store, by_path(theirs), 10), Some(7));
        for right in [&defended as &dyn Fn(_) -> _, &by_principal] {
            let mut store = in_an_emergency();
            store.keep(right(mine), 0, 1_000, &page(7));
            assert_eq!(found(&store, right(theirs), 10), None);
            assert_eq!(found(&store, right(mine), 10), Some(7));
        }
    }

    #[test]
    fn nothing_is_kept_but_in_an_emergency() {
        let key = (FIRST_PAGE, None);
        let mut store = Store::default();
        store.keep(key, 0, 1_000, &page(7));
        assert_eq!(found(&store, key, 0), None);
        store.switch(true);
        store.keep(key, 0, 1_000, &page(7));
        store.switch(false);
        assert_eq!(found(&store, key, 0), None);
    }

    #[test]
    fn a_thumbnail_ends_with_its_link() {
        let path = Path::Thumbnail { event: EventId::default(), expires_ms: 300, signature: 1 };
        let mut store = in_an_emergency();
        store.keep((path, None), 0, 1_000, &page(7));
        assert_eq!(found(&store, (path, None), 300), Some(7));
        assert_eq!(found(&store, (path, None), 301), None);
    }

    #[test]
    fn what_changes_something_has_no_path() {
        assert_eq!(Path::of(&Request::List { cursor: 3 }), Some(Path::Events { cursor: 3 }));
        let (device, user) = (crosswire_history::DeviceId(1), UserId(2));
        assert_eq!(Path::of(&Request::Transfer(device, user)), None);
        assert_eq!(Path::of(&Request::Delete(device)), None);
    }

    proptest! {
        /// Whatever is asked and kept in whatever order, a page that is found was kept for this
        /// user and cursor, and not longer ago than it may be.
        #[test]
        fn by_principal_everybody_is_given_what_is_theirs(
            asks in prop::collection::vec((0..4_u32, 0..3_u64, 0..400_u64), 0..60),
        ) {
            let mut store = in_an_emergency();
            let mut now_ms = 0;
            for (user, cursor, after_ms) in asks {
                now_ms += after_ms;
                let key = key::<ByPrincipal>(false, UserId(user), Path::Events { cursor });
                let told = now_ms << 16 | u64::from(user) << 8 | cursor;
                match found(&store, key, now_ms) {
                    Some(found) => {
                        prop_assert_eq!(found & 0xffff, told & 0xffff);
                        prop_assert!(now_ms - (found >> 16) <= 1_000);
                    }
                    None => store.keep(key, now_ms, 1_000, &page(told)),
                }
            }
        }
    }
}
