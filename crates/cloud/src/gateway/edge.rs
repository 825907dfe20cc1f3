//! The gateway's edge: a response cache in front of everything, which operators switch on in an
//! emergency so that popular responses are computed once.
//!
//! An entry lives no longer than a thumbnail link, and a cached thumbnail no longer than the link
//! it was requested with, so the staleness it causes stays within that of links.

use super::config::ServiceConfig;
use crate::api::{Request, Response, Token};
use crate::clock::Clock;
use crate::deps::Deps;
use crate::response_cache::ResponseCache;
use crosswire_history::{EventId, UserId};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Maximum lifetime of a cached response.
const KEEP_MS: u64 = 1_000;

/// The path of a request, as in the first line of an HTTP request. It does not name the user.
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
    /// Returns the path of a request that only reads, and `None` for one that changes something.
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
    /// Switches the emergency configuration on or off.
    fn emergency(&self, _on: bool) {}

    /// Returns a cached response for `user`, if there is one.
    fn find(&self, _user: UserId, _path: Path) -> Option<Response> {
        None
    }

    /// Caches a response that was computed for `user`.
    fn keep(&self, _user: UserId, _path: Path, _response: &Response) {}
}

/// Correct: no edge cache.
pub(crate) struct NoEdge;

impl Edge for NoEdge {}

/// The key policy of a shared response cache.
pub(crate) trait KeyPolicy: Send + Sync + 'static {
    /// Returns the part of the key that names the principal.
    fn principal(user: UserId) -> Option<UserId>;
}

/// Correct: keys consist of path and principal.
pub(crate) struct ByPrincipal;

impl KeyPolicy for ByPrincipal {
    fn principal(user: UserId) -> Option<UserId> {
        Some(user)
    }
}

/// Mechanism 9, key lacks the principal. Responses are cached by path alone, so the first page of
/// one user's Events tab is served to the next user who requests a first page. The trigger is the
/// emergency configuration under load; without it nothing is cached. Steam, 25 December 2015: a
/// cache configuration deployed under load cached pages of logged-in users, and about 34,000 users'
/// pages were shown to others. Klarna, 27 May 2021, was similar.
pub(crate) struct ByPath;

impl KeyPolicy for ByPath {
    fn principal(_user: UserId) -> Option<UserId> {
        None
    }
}

/// The response cache shared by all users of a gateway.
pub(crate) struct SharedEdge<K> {
    cache: Arc<ResponseCache>,
    clock: Clock,
    keep_ms: u64,
    principal_in_key: bool,
    policy: PhantomData<fn() -> K>,
}

impl<K: KeyPolicy> SharedEdge<K> {
    pub(crate) fn new(deps: &Deps, responses: &Arc<ResponseCache>, config: &ServiceConfig) -> Self {
        Self {
            cache: responses.clone(),
            clock: deps.clock.clone(),
            keep_ms: KEEP_MS.min(config.link_ms),
            principal_in_key: config.defences.principal_in_key,
            policy: PhantomData,
        }
    }

    /// Returns the key of a response. With the `principal-in-key` defence every key names the
    /// principal.
    fn key(&self, user: UserId, path: Path) -> String {
        let principal = if self.principal_in_key { Some(user) } else { K::principal(user) };
        match principal {
            Some(user) => format!("{user} {path}"),
            None => path.to_string(),
        }
    }
}

impl<K: KeyPolicy> Edge for SharedEdge<K> {
    fn emergency(&self, on: bool) {
        self.cache.switch(on);
    }

    fn find(&self, user: UserId, path: Path) -> Option<Response> {
        self.cache.find(&self.key(user, path))
    }

    fn keep(&self, user: UserId, path: Path, response: &Response) {
        let mut until_ms = self.clock.now_ms() + self.keep_ms;
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
    use crosswire_net::Net;
    use madsim::runtime::Runtime;
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use std::time::Duration;

    const FIRST_PAGE: Path = Path::Events { cursor: 0 };

    /// A page identified by its cursor.
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

    /// Runs a story with an edge cache inside a simulation.
    fn play<K: KeyPolicy>(principal_in_key: bool, story: impl AsyncFnOnce(SharedEdge<K>)) {
        Runtime::new().block_on(async {
            let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(1)));
            let gateway = NodeId::new(NodeKind::Gateway, 1);
            let cache = ResponseCache::new(Journal::default(), net.clone(), gateway);
            let (cache, keep_ms, policy) = (Arc::new(cache), KEEP_MS, PhantomData);
            story(SharedEdge { cache, clock: Clock::new(&net), keep_ms, principal_in_key, policy })
                .await;
        });
    }

    async fn wait(ms: u64) {
        madsim::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Returns true if a page cached for one user is served to another.
    fn mixes<K: KeyPolicy>(principal_in_key: bool) -> bool {
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
    fn keyed_by_path_a_page_is_served_to_another_user() {
        assert!(mixes::<ByPath>(false));
        assert!(!mixes::<ByPath>(true));
        assert!(!mixes::<ByPrincipal>(false));
    }

    #[test]
    fn nothing_is_cached_outside_an_emergency() {
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
    fn a_thumbnail_expires_with_its_link() {
        play::<ByPrincipal>(false, async |edge| {
            let expires_ms = edge.clock.now_ms() + 300;
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
    fn requests_that_change_something_have_no_path() {
        assert_eq!(Path::of(&Request::List { cursor: 3 }), Some(Path::Events { cursor: 3 }));
        let (device, user) = (crosswire_history::DeviceId(1), UserId(2));
        assert_eq!(Path::of(&Request::Transfer(device, user, crosswire_history::Intent(1))), None);
        assert_eq!(Path::of(&Request::Delete(device, crosswire_history::Intent(1))), None);
    }

    proptest! {
        /// In any order of requests, a page that is found was cached for this user and cursor, and
        /// not longer ago than the maximum lifetime.
        #[test]
        fn keyed_by_principal_each_user_receives_their_own_pages(
            asks in prop::collection::vec((0..4_u32, 0..3_u64, 0..400_u64), 0..60),
        ) {
            play::<ByPrincipal>(false, async |edge| {
                edge.emergency(true);
                for (user, cursor, after_ms) in asks {
                    wait(after_ms).await;
                    let (path, now_ms) = (Path::Events { cursor }, edge.clock.now_ms());
                    let stamp = now_ms << 16 | u64::from(user) << 8 | cursor;
                    match found(&edge, user, path) {
                        Some(found) => {
                            assert_eq!(found & 0xffff, stamp & 0xffff);
                            assert!(now_ms - (found >> 16) <= KEEP_MS);
                        }
                        None => edge.keep(UserId(user), path, &page(stamp)),
                    }
                }
            });
        }
    }
}
