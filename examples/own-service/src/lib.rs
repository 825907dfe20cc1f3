//! A service of your own, written from the docs of [`Service`] alone, in a correct version,
//! [`Careful`], and in two versions with a mistake that no test of one request at a time shows:
//!
//! - [`SharedUser`] remembers the user of a request in one place for all requests, across awaits.
//! - [`EarlyCheck`] decides who is notified before the notice waits, and notifies after.
//!
//! Four more leave out a check that honest phones and cameras never miss:
//!
//! - [`UncheckedVideos`] plays any video, [`UncheckedUploads`] stores any camera's event.
//! - [`UncheckedSignatures`] and [`UncheckedExpiries`] look at one half of a link.
//!
//! They differ in one answer each, [`Asker`], [`Audience`] or [`Checks`]. `tests/storm.rs` tells
//! them apart.

mod asker;
mod checks;
mod notices;
mod relations;

pub use asker::{Asker, Carried, Remembered};
pub use checks::{All, Checks, NotExpiries, NotSignatures, NotUploads, NotVideos};
pub use notices::{AtTheEnd, AtUpload, Audience};

use crosswire::async_trait;
use crosswire::service::{
    Credential, Deps, DeviceId, EventId, Item, Job, MediaKind, Principal, Refusal, Request,
    Response, Service, SessionId, Token, UserId,
};
use notices::{Notice, Notices};
use relations::Relations;
use std::collections::HashMap;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

/// The correct service.
pub type Careful = Gateway<Carried, AtTheEnd>;

/// The service that keeps the user of a request in one place.
pub type SharedUser = Gateway<Remembered, AtTheEnd>;

/// The service that checks before the queue.
pub type EarlyCheck = Gateway<Carried, AtUpload>;

/// The service that plays any video.
pub type UncheckedVideos = Gateway<Carried, AtTheEnd, NotVideos>;

/// The service that does not look at the signature of a link.
pub type UncheckedSignatures = Gateway<Carried, AtTheEnd, NotSignatures>;

/// The service that does not look at the expiry of a link.
pub type UncheckedExpiries = Gateway<Carried, AtTheEnd, NotExpiries>;

/// The service that stores the event of any camera.
pub type UncheckedUploads = Gateway<Carried, AtTheEnd, NotUploads>;

/// Lines on a page of the Events tab.
const PAGE: usize = 20;

/// A gateway.
pub struct Gateway<A, N, C = All> {
    deps: Deps,
    sessions: Mutex<HashMap<SessionId, Principal>>,
    asker: A,
    relations: Arc<Relations>,
    notices: Notices,
    answers: PhantomData<(N, C)>,
}

/// Hides the cause: a client learns only that a backend failed.
fn failed(_: io::Error) -> Refusal {
    Refusal::Failed
}

impl<A: Asker, N: Audience, C: Checks> Gateway<A, N, C> {
    /// Creates a gateway, as at each start of its process.
    pub fn new(deps: Deps) -> Self {
        Self {
            sessions: Mutex::default(),
            asker: A::default(),
            relations: Arc::new(Relations::new(&deps)),
            notices: Notices::new(&deps.clock),
            answers: PhantomData,
            deps,
        }
    }

    fn principal(&self, session: SessionId) -> Option<Principal> {
        self.sessions.lock().expect("no panic").get(&session).copied()
    }

    async fn authenticate(&self, session: SessionId, shown: Credential) -> Result<(), Refusal> {
        let admitted = match shown {
            Credential::Account(_) => self.deps.directory.is_known(shown.principal()).await,
            Credential::Camera(device, serial) => {
                self.deps.directory.is_bound(device, serial).await
            }
        };
        if !admitted.map_err(failed)? {
            return Err(Refusal::Denied);
        }
        self.sessions.lock().expect("no panic").insert(session, shown.principal());
        Ok(())
    }

    /// Stores an event of a camera and has its viewers notified.
    async fn upload(&self, device: DeviceId, request: Request) -> Result<Response, Refusal> {
        let Request::Upload { event, captured_ms, caption, thumbnail, clip } = request else {
            return Err(Refusal::Denied);
        };
        if !C::of_upload(device, event) {
            return Err(Refusal::Denied);
        }
        let Deps { directory, media, .. } = &self.deps;
        media.put(event, thumbnail.clone(), clip).await.map_err(failed)?;
        let stored = directory.store_event(event, captured_ms, caption).await.map_err(failed)?;
        let stored = stored.ok_or(Refusal::Denied)?;
        // A camera that got no answer uploads again. Its viewers know already.
        if stored.first_time {
            let camera = (device, stored.epoch);
            let early = N::early(&self.relations, camera).await;
            self.notices.add(Notice { event, camera, thumbnail, early });
        }
        Ok(Response::Done)
    }

    /// Answers the phone of a user.
    async fn answer(&self, user: UserId, request: Request) -> Result<Response, Refusal> {
        let mark = self.asker.begin(user);
        // An account that was closed meanwhile has no business here.
        let known = self.deps.directory.is_known(Principal::User(user)).await;
        if !known.map_err(failed)? {
            return Err(Refusal::Denied);
        }
        let user = self.asker.user(mark);
        match request {
            Request::List { cursor } => self.list(user, cursor).await,
            Request::Thumbnail(token) | Request::Enlarge(token) => {
                let Deps { clock, settings, .. } = &self.deps;
                if !C::of_link(token, settings, clock.now_ms()) {
                    return Err(Refusal::Denied);
                }
                self.media(token.event, MediaKind::Thumbnail).await
            }
            Request::Video(event) => {
                if C::OF_VIDEOS && !self.may_see(user, event).await.map_err(failed)? {
                    return Err(Refusal::Denied);
                }
                self.media(event, MediaKind::Clip).await
            }
            request => self.change(user, &request).await,
        }
    }

    /// Lists the Events tab, with a link for each event.
    async fn list(&self, user: UserId, cursor: u64) -> Result<Response, Refusal> {
        let Deps { directory, clock, settings, .. } = &self.deps;
        let cameras = self.relations.cameras_of(user).await.map_err(failed)?;
        let relations = Response::fingerprint(&cameras);
        let rows = directory.events(cameras, cursor, PAGE).await.map_err(failed)?;
        let (more, last) = (rows.len() == PAGE, rows.last().map(|row| row.commit));
        let expires_ms = clock.now_ms() + settings.link_life.as_millis() as u64;
        let items = rows.into_iter().map(|row| {
            let token = Token::sign(settings.signing_key, row.event, expires_ms);
            Item { event: row.event, caption: row.caption, token }
        });
        let (items, cursor) = (items.collect(), last.unwrap_or(cursor));
        Ok(Response::Listing { items, cursor, relations, viewers: Vec::new(), more })
    }

    async fn may_see(&self, user: UserId, event: EventId) -> io::Result<bool> {
        let Some(epoch) = self.deps.directory.epoch_of(event).await? else { return Ok(false) };
        let viewers = self.relations.viewers_of((event.device, epoch)).await?;
        Ok(viewers.contains(&user))
    }

    async fn media(&self, event: EventId, kind: MediaKind) -> Result<Response, Refusal> {
        let bytes = self.deps.media.get(event, kind).await.map_err(failed)?;
        Ok(Response::Media(event, bytes.ok_or(Refusal::Failed)?))
    }

    /// Commits a change of who may see what, and forgets what it made outdated.
    async fn change(&self, user: UserId, request: &Request) -> Result<Response, Refusal> {
        let (change, intent) = request.change().ok_or(Refusal::Denied)?;
        let changed = self.deps.directory.commit(user, change, intent).await.map_err(failed)?;
        self.relations.forget(&changed.ok_or(Refusal::Denied)?).await;
        Ok(Response::Done)
    }
}

#[async_trait]
impl<A: Asker, N: Audience, C: Checks> Service for Gateway<A, N, C> {
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal> {
        match request {
            Request::Connect => return Ok(Response::Done),
            Request::Authenticate(shown) => {
                return self.authenticate(session, shown).await.map(|()| Response::Done);
            }
            _ => {}
        }
        match self.principal(session).ok_or(Refusal::Denied)? {
            _ if matches!(request, Request::KeepAlive) => Ok(Response::Done),
            Principal::User(user) => self.answer(user, request).await,
            Principal::Device(device) => self.upload(device, request).await,
            _ => Err(Refusal::Denied),
        }
    }

    fn disconnected(&self, session: SessionId) {
        self.sessions.lock().expect("no panic").remove(&session);
    }

    async fn next_job(&self) -> Job {
        let notice = self.notices.next().await;
        let (relations, phones) = (self.relations.clone(), self.deps.phones.clone());
        Box::pin(async move {
            for user in N::late(&relations, &notice).await {
                phones.push(user, notice.event, notice.thumbnail.clone());
            }
        })
    }
}
