//! Our gateway: authenticates connections, decides who may see what, and serves events and media.
//!
//! Permissions are *relations*, stored in the directory and looked up through the caching client
//! (`relations`). Everything else goes to the directory or the media store directly.

mod announcement;
mod changes;
mod checks;
mod config;
mod defence;
mod design;
mod edge;
mod fanout;
mod identity;
mod media;
mod relation_cache;
mod relations;
mod request_context;
mod session;

pub use config::ServiceConfig;
pub use defence::{Defences, defences};
pub use design::Design;
pub(crate) use edge::{ByPath, ByPrincipal, SharedEdge};
pub(crate) use media::buffers::{Buffered, ByGeneration, BySlot};
pub use relation_cache::codec::{
    Form, ValueTypes, relation_entries, relation_key, relation_of, warm_cameras, warm_viewers,
};
pub use relation_cache::numbers::Numbers;
pub(crate) use request_context::worker_pool::{Ambient, Carried, WorkerPool};

use crate::api::{Credential, Item, Refusal, Request, Response, SessionId, Token};
use crate::deps::{Deps, Job};
use crate::directory::{AccessChange, Row, Stored};
use crate::media::MediaKind;
use crate::response_cache::ResponseCache;
use crate::service::Service;
use async_trait::async_trait;
use bytes::Bytes;
use changes::ChangeWriter;
use crosswire_history::{DeviceId, EventId, Intent, Principal, UserId};
use edge::{Edge, Path};
use fanout::{Fanout, Notice};
use identity::Identity;
use media::Reader;
use relations::Relations;
use request_context::{RequestContext, Workers};
use session::Sessions;
use std::io;
use std::sync::Arc;

/// Lines per page of the Events tab.
const PAGE: usize = 20;
/// Cameras per page of the Events tab whose listings are counted, if the client offers counters.
const COUNTED: usize = 2;

/// A gateway.
pub struct Gateway {
    core: Arc<Core>,
    identity: Box<dyn Identity>,
    workers: Box<dyn Workers>,
    edge: Box<dyn Edge>,
    sessions: Sessions,
    fanout: Fanout,
    announced: fn(Stored) -> bool,
}

/// State shared by requests and background jobs.
struct Core {
    deps: Deps,
    config: ServiceConfig,
    relations: Relations,
    reader: Box<dyn Reader>,
    changes: Arc<dyn ChangeWriter>,
}

/// Hides the cause: a client learns only that a backend failed.
fn failed(_: io::Error) -> Refusal {
    Refusal::Failed
}

impl Gateway {
    /// Creates a gateway without sessions, as after a start. Its edge caches responses in
    /// `responses`.
    pub fn new(
        deps: Deps,
        responses: &Arc<ResponseCache>,
        config: ServiceConfig,
        design: &Design,
    ) -> Self {
        Self {
            identity: (design.identity)(&deps),
            workers: (design.workers)(&deps),
            edge: (design.edge)(&deps, responses, &config),
            sessions: Sessions::default(),
            fanout: Fanout::new(config.fanout_batch),
            announced: design.announced,
            core: Arc::new(Core {
                relations: Relations::new(&deps, &config, design),
                reader: (design.reader)(&deps),
                changes: (design.changes)(&deps),
                deps,
                config,
            }),
        }
    }

    async fn authenticate(
        &self,
        session: SessionId,
        credential: Credential,
    ) -> Result<Response, Refusal> {
        if !self.identity.admits(credential).await.map_err(failed)? {
            return Err(Refusal::Denied);
        }
        let principal = credential.principal();
        self.sessions.begin(session, principal);
        match principal {
            Principal::Device(device) => self.core.enrolled(device).await,
            _ => Ok(Response::Done),
        }
    }

    /// Handles an upload: stores the media, then the event, queues the notification of phones, and
    /// answers the camera.
    async fn upload(
        &self,
        device: DeviceId,
        event: EventId,
        captured_ms: u64,
        (caption, thumbnail, clip): (Bytes, Bytes, Bytes),
    ) -> Result<Response, Refusal> {
        if event.device != device {
            return Err(Refusal::Denied);
        }
        if !self.core.is_sealed(event, captured_ms, [&caption, &thumbnail, &clip]).await? {
            return Err(Refusal::Unsealed);
        }
        let deps = &self.core.deps;
        deps.media.put(event, thumbnail.clone(), clip).await.map_err(failed)?;
        let stored =
            deps.directory.store_event(event, captured_ms, caption).await.map_err(failed)?;
        let Some(stored) = stored else { return Err(Refusal::Denied) };
        if (self.announced)(stored) {
            self.fanout.add(Notice { event, epoch: stored.epoch, thumbnail });
        }
        Ok(Response::Done)
    }

    /// Answers from the edge cache if possible; otherwise computes the response and stores it
    /// there.
    async fn as_user(&self, user: UserId, request: Request) -> Result<Response, Refusal> {
        let path = Path::of(&request);
        if let Some(path) = path
            && let Some(response) = self.edge.find(user, path)
        {
            return Ok(response);
        }
        let response = Box::pin(self.work(user, request)).await?;
        if let Some(path) = path {
            self.edge.keep(user, path, &response);
        }
        Ok(response)
    }

    async fn work(&self, user: UserId, request: Request) -> Result<Response, Refusal> {
        let context = self.workers.begin(user).await.map_err(failed)?.ok_or(Refusal::Denied)?;
        let (core, by) = (&self.core, &*context);
        match request {
            Request::List { cursor } => core.list(by, cursor).await,
            Request::Thumbnail(token) | Request::Enlarge(token) => core.thumbnail(by, token).await,
            Request::Video(event) => core.video(by, event).await,
            request => match request.change() {
                Some((change, intent)) => core.change(by, change, intent).await,
                None => Err(Refusal::Denied),
            },
        }
    }
}

impl Core {
    /// Lists the Events tab: looks up the cameras the user may see, then reads their events.
    async fn list(&self, by: &dyn RequestContext, cursor: u64) -> Result<Response, Refusal> {
        let cameras = self.relations.cameras_of(by.user()).await.map_err(failed)?;
        let relations = Response::fingerprint(&cameras);
        let shown = cameras.len().min(self.config.viewer_counts);
        let mut viewers = self.relations.viewer_counts(&cameras[..shown]).await;
        let counted = cameras.len().min(COUNTED);
        viewers.extend(self.relations.listed(&cameras[..counted]).await);
        let rows = self.deps.directory.events(cameras, cursor, PAGE).await.map_err(failed)?;
        let more = rows.len() == PAGE;
        let cursor = rows.last().map_or(cursor, |row| row.commit);
        let rows = self.checked_rows(by.user(), rows).await?;
        let lines = rows.iter().take(self.config.line_look_ups);
        let lines: Vec<_> = lines.map(|row| (row.event.device, row.epoch)).collect();
        viewers.extend(self.relations.viewer_counts_by_line(&lines).await);
        let items = rows.into_iter().map(|row| self.item(row)).collect();
        Ok(Response::Listing { items, cursor, relations, viewers, more })
    }

    fn item(&self, row: Row) -> Item {
        let expires_ms = self.deps.clock.now_ms() + self.config.link_ms;
        let token = Token::sign(self.config.signing_key, row.event, expires_ms);
        Item { event: row.event, caption: row.caption, token }
    }

    /// Serves a thumbnail to any user who holds a valid token for it.
    async fn thumbnail(&self, by: &dyn RequestContext, token: Token) -> Result<Response, Refusal> {
        if !token.is_good(self.config.signing_key, self.deps.clock.now_ms()) {
            return Err(Refusal::Denied);
        }
        self.media(by, token.event, MediaKind::Thumbnail).await
    }

    /// Serves a video to users who may see its camera.
    async fn video(&self, by: &dyn RequestContext, event: EventId) -> Result<Response, Refusal> {
        let epoch = self.deps.directory.epoch_of(event).await.map_err(failed)?;
        let Some(epoch) = epoch else { return Err(Refusal::Denied) };
        let viewers = self.relations.viewers_of(event.device, epoch).await.map_err(failed)?;
        if !viewers.contains(&by.user()) {
            return Err(Refusal::Denied);
        }
        self.media(by, event, MediaKind::Clip).await
    }

    /// Fetches the media of an event and runs the checks of the active defences before returning
    /// it.
    async fn media(
        &self,
        by: &dyn RequestContext,
        event: EventId,
        kind: MediaKind,
    ) -> Result<Response, Refusal> {
        let bytes = self.reader.read(event, kind).await.map_err(failed)?;
        let bytes = bytes.ok_or(Refusal::Failed)?;
        let bytes = self.checked_media(by.user(), event, bytes).await?;
        Ok(Response::Media(event, bytes))
    }

    /// Commits an access change, then invalidates the relations it affects.
    async fn change(
        &self,
        by: &dyn RequestContext,
        change: AccessChange,
        intent: Intent,
    ) -> Result<Response, Refusal> {
        let grants = matches!(change, AccessChange::Share(..));
        let changed = self.changes.write(by.user(), change, intent).await;
        let Some(changed) = changed.map_err(failed)? else { return Err(Refusal::Denied) };
        if grants {
            self.relations.granted(&changed).await;
        } else {
            self.relations.invalidate(&changed).await;
        }
        Ok(Response::Done)
    }
}

#[async_trait]
impl Service for Gateway {
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal> {
        let principal = match request {
            Request::Connect => return Ok(Response::Done),
            Request::Authenticate(shown) => return self.authenticate(session, shown).await,
            _ => self.sessions.principal(session).ok_or(Refusal::Denied)?,
        };
        // Most requests are keep-alives, so the futures of the larger ones are boxed.
        match (principal, request) {
            (_, Request::KeepAlive) => Ok(Response::Done),
            (Principal::User(user), request) => self.as_user(user, request).await,
            (
                Principal::Device(device),
                Request::Upload { event, captured_ms, caption, thumbnail, clip },
            ) => {
                Box::pin(self.upload(device, event, captured_ms, (caption, thumbnail, clip))).await
            }
            _ => Err(Refusal::Denied),
        }
    }

    fn disconnected(&self, session: SessionId) {
        self.sessions.end(session);
    }

    fn emergency_cache(&self, on: bool) {
        self.edge.emergency(on);
    }

    async fn next_job(&self) -> Job {
        let notices = self.fanout.next_batch().await;
        Box::pin(fanout::tell(self.core.clone(), notices))
    }
}
