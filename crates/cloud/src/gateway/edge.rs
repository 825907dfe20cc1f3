//! The gateway's edge: a response cache in front of everything, which operators switch on in an
//! emergency so that what many ask for is worked out once.
//!
//! An entry lives no longer than a link to a thumbnail, and a thumbnail no longer than its own
//! link, so that what is stale because of it stays within what a link may be.

use crate::api::{Request, Response, Token};
use crate::response_cache::ResponseCache;
use crate::service::{ServiceConfig, Surroundings};
use crosswire_history::{EventId, UserId};
use crosswire_net::Net;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// How long a response is kept at most.
const KEEP_MS: u64 = 1_000;

/// What is asked for, as it stands in the first line of a request: not by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events { cursor } => write!(f, "/events?after={cursor}"),
            Self::Thumbnail { event, expires_ms, signature } => {
                write!(f, "/thumbnails/{event}?until={expires_ms}&signature={signature}")
            }
            Self::Video(event) => write!(f, "/videos/{event}"),
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

/// The response cache, shared by all who come to a gateway.
pub(crate) struct Shared<K> {
    cache: Arc<ResponseCache>,
    net: Net,
    keep_ms: u64,
    principal_in_key: bool,
    keyed: PhantomData<fn() -> K>,
}

impl<K: Keyed> Shared<K> {
    pub(crate) fn new(around: &Surroundings, config: &ServiceConfig) -> Self {
        Self {
            cache: around.responses.clone(),
            net: around.net.clone(),
            keep_ms: KEEP_MS.min(config.link_ms),
            principal_in_key: config.defences.principal_in_key,
            keyed: PhantomData,
        }
    }

    /// The key of a response; with the defence, every key names the principal.
    fn key(&self, user: UserId, path: Path) -> String {
        let principal = if self.principal_in_key { Some(user) } else { K::principal(user) };
        match principal {
            Some(user) => format!("{user} {path}"),
            None => path.to_string(),
        }
    }
}

impl<K: Keyed> Edge for Shared<K> {
    fn emergency(&self, on: bool) {
        self.cache.switch(on);
    }

    fn find(&self, user: UserId, path: Path) -> Option<Response> {
        self.cache.find(&self.key(user, path))
    }

    fn keep(&self, user: UserId, path: Path, response: &Response) {
        let mut until_ms = self.net.now_ms() + self.keep_ms;
        if let Path::Thumbnail { expires_ms, .. } = path {
            until_ms = until_ms.min(expires_ms);
        }
        self.cache.keep(self.key(user, path), until_ms, response);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{Journal, NodeId, NodeKind};
    use madsim::runtime::Runtime;
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::time::Duration;

    const FIRST_PAGE: Path = Path::Events { cursor: 0 };

    /// A page that can be told from others by its cursor.
    fn page(cursor: u64) -> Response {
        let (items, viewers) = (Vec::new(), Vec::new());
        Response::Listing { items, cursor, relations: 0, viewers, more: false }
    }

    fn found(edge: &impl Edge, user: u32, path: Path) -> Option<u64> {
        match edge.find(UserId(user), path)? {
            Response::Listing { cursor, .. } => Some(cursor),
            _ => None,
        }
    }

    /// Plays a story with an edge, at the start of a run.
    fn play<K: Keyed>(principal_in_key: bool, story: impl AsyncFnOnce(Shared<K>)) {
        Runtime::new().block_on(async {
            let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1)));
            let gateway = NodeId::new(NodeKind::Gateway, 1);
            let cache = ResponseCache::new(Journal::default(), net.clone(), gateway);
            let (cache, keep_ms, keyed) = (Arc::new(cache), KEEP_MS, PhantomData);
            story(Shared { cache, net, keep_ms, principal_in_key, keyed }).await;
        });
    }

    async fn wait(ms: u64) {
        madsim::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Whether a page that was kept for one is given to another.
    fn mixes<K: Keyed>(principal_in_key: bool) -> bool {
        let mut mixed = false;
        play::<K>(principal_in_key, async |edge| {
            edge.emergency(true);
            edge.keep(UserId(1), FIRST_PAGE, &page(7));
            assert_eq!(found(&edge, 1, FIRST_PAGE), Some(7));
            mixed = found(&edge, 2, FIRST_PAGE).is_some();
        });
        mixed
    }

    #[test]
    fn by_path_the_next_one_is_given_the_page_of_the_one_before() {
        assert!(mixes::<ByPath>(false));
        assert!(!mixes::<ByPath>(true));
        assert!(!mixes::<ByPrincipal>(false));
    }

    #[test]
    fn nothing_is_kept_but_in_an_emergency() {
        play::<ByPrincipal>(false, async |edge| {
            edge.keep(UserId(1), FIRST_PAGE, &page(7));
            assert_eq!(found(&edge, 1, FIRST_PAGE), None);
            edge.emergency(true);
            edge.keep(UserId(1), FIRST_PAGE, &page(7));
            edge.emergency(false);
            assert_eq!(found(&edge, 1, FIRST_PAGE), None);
        });
    }

    #[test]
    fn a_thumbnail_ends_with_its_link() {
        play::<ByPrincipal>(false, async |edge| {
            let expires_ms = edge.net.now_ms() + 300;
            let path = Path::Thumbnail { event: EventId::default(), expires_ms, signature: 1 };
            edge.emergency(true);
            edge.keep(UserId(1), path, &page(7));
            wait(299).await;
            assert_eq!(found(&edge, 1, path), Some(7));
            wait(2).await;
            assert_eq!(found(&edge, 1, path), None);
        });
    }

    #[test]
    fn what_changes_something_has_no_path() {
        assert_eq!(Path::of(&Request::List { cursor: 3 }), Some(Path::Events { cursor: 3 }));
        let (device, user) = (crosswire_history::DeviceId(1), UserId(2));
        assert_eq!(Path::of(&Request::Transfer(device, user, crosswire_history::Intent(1))), None);
        assert_eq!(Path::of(&Request::Delete(device, crosswire_history::Intent(1))), None);
    }

    proptest! {
        /// Whatever is asked and kept in whatever order, a page that is found was kept for this
        /// user and cursor, and not longer ago than it may be.
        #[test]
        fn by_principal_everybody_is_given_what_is_theirs(
            asks in prop::collection::vec((0..4_u32, 0..3_u64, 0..400_u64), 0..60),
        ) {
            play::<ByPrincipal>(false, async |edge| {
                edge.emergency(true);
                for (user, cursor, after_ms) in asks {
                    wait(after_ms).await;
                    let (path, now_ms) = (Path::Events { cursor }, edge.net.now_ms());
                    let told = now_ms << 16 | u64::from(user) << 8 | cursor;
                    match found(&edge, user, path) {
                        Some(found) => {
                            assert_eq!(found & 0xffff, told & 0xffff);
                            assert!(now_ms - (found >> 16) <= KEEP_MS);
                        }
                        None => edge.keep(UserId(user), path, &page(told)),
                    }
                }
            });
        }
    }
}
