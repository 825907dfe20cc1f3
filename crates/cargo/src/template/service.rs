//! A service under the storm: `cargo crosswire test`.
//!
//! Crosswire simulates cameras, phones, a database, a cache and the network between them, on
//! simulated time, and breaks what can break. The gateways of the camera service are the one below.
//! Checkers flag every event that reaches a user who may not see it. A failure prints its story and
//! saves a small run, which is replayed first from then on: accept it, and commit it with the fix.
//!
//! The gateway is one to begin with. It crosses wires: see `answer`. Put your own in its place. The
//! docs of `Service` say what a gateway receives, and which contract it has to keep.

// Plain `cargo test` builds without the simulation, and leaves this test out.
#![allow(unexpected_cfgs)]
#![cfg(madsim)]

use crosswire::service::{
    Credential, Deps, DeviceId, EventId, Item, Job, MediaKind, Principal, Refusal, Request,
    Response, Role, Service, SessionId, Token, UserId,
};
use crosswire::tokio::sync::mpsc;
use crosswire::{Storm, async_trait};
use std::collections::HashMap;
use std::io;
use std::sync::Mutex;

/// Saved failures. They run first, so a fixed bug stays fixed.
const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

#[test]
fn our_service_keeps_users_apart() {
    Storm::named("shared-context")
        .service("ours", OurGateway::new)
        .regressions(REGRESSIONS)
        .seeds(16)
        .run()
        .assert_clean();
}

/// Each seed of `swarm` draws another world: other faults, other people.
#[test]
fn our_service_holds_in_every_world() {
    Storm::named("swarm")
        .service("ours", OurGateway::new)
        .regressions(REGRESSIONS)
        .seeds(16)
        .run()
        .assert_clean();
}

/// Lines on a page of the Events tab.
const PAGE: usize = 20;

/// A gateway. A storm makes one for each start of a gateway's process.
struct OurGateway {
    deps: Deps,
    sessions: Mutex<HashMap<SessionId, Principal>>,
    /// The user whose request is handled.
    current: Mutex<UserId>,
    notices: mpsc::UnboundedSender<Job>,
    waiting: crosswire::tokio::sync::Mutex<mpsc::UnboundedReceiver<Job>>,
}

/// A client learns only that a backend failed.
fn failed(_: io::Error) -> Refusal {
    Refusal::Failed
}

impl OurGateway {
    fn new(deps: Deps) -> Self {
        let (notices, waiting) = mpsc::unbounded_channel();
        let (sessions, current) = (Mutex::default(), Mutex::default());
        Self { deps, sessions, current, notices, waiting: waiting.into() }
    }

    async fn authenticate(&self, session: SessionId, shown: Credential) -> Result<(), Refusal> {
        let directory = &self.deps.directory;
        let admitted = match shown {
            Credential::Account(_) => directory.is_known(shown.principal()).await,
            Credential::Camera(device, serial) => directory.is_bound(device, serial).await,
        };
        if !admitted.map_err(failed)? {
            return Err(Refusal::Denied);
        }
        self.sessions.lock().expect("no panic").insert(session, shown.principal());
        Ok(())
    }

    /// Answers the phone of a user.
    async fn answer(&self, user: UserId, request: Request) -> Result<Response, Refusal> {
        // The mistake: the user is in one place for all requests, so that nothing below has to pass
        // it on. While this request waits for the directory, another one puts its user there.
        *self.current.lock().expect("no panic") = user;
        let known = self.deps.directory.is_known(Principal::User(user)).await;
        let user = *self.current.lock().expect("no panic");
        self.respond(user, known.map_err(failed)?, request).await
        // The fix: each request carries its user, and `current` is not needed.
        //
        // let known = self.deps.directory.is_known(Principal::User(user)).await;
        // self.respond(user, known.map_err(failed)?, request).await
    }

    async fn respond(
        &self,
        user: UserId,
        known: bool,
        request: Request,
    ) -> Result<Response, Refusal> {
        match request {
            _ if !known => Err(Refusal::Denied),
            Request::List { cursor } => self.list(user, cursor).await,
            Request::Thumbnail(token) | Request::Enlarge(token) => self.thumbnail(token).await,
            Request::Video(event) => {
                let epoch = self.deps.directory.epoch_of(event).await.map_err(failed)?;
                let camera = (event.device, epoch.ok_or(Refusal::Denied)?);
                let cameras = self.cameras_of(user).await.map_err(failed)?;
                if !cameras.contains(&camera) {
                    return Err(Refusal::Denied);
                }
                self.media(event, MediaKind::Clip).await
            }
            request => self.change(user, &request).await,
        }
    }

    async fn list(&self, user: UserId, cursor: u64) -> Result<Response, Refusal> {
        let Deps { directory, clock, settings, .. } = &self.deps;
        let cameras = self.cameras_of(user).await.map_err(failed)?;
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

    async fn thumbnail(&self, token: Token) -> Result<Response, Refusal> {
        if !token.is_good(self.deps.settings.signing_key, self.deps.clock.now_ms()) {
            return Err(Refusal::Denied);
        }
        self.media(token.event, MediaKind::Thumbnail).await
    }

    async fn media(&self, event: EventId, kind: MediaKind) -> Result<Response, Refusal> {
        let bytes = self.deps.media.get(event, kind).await.map_err(failed)?;
        Ok(Response::Media(event, bytes.ok_or(Refusal::Failed)?))
    }

    async fn change(&self, user: UserId, request: &Request) -> Result<Response, Refusal> {
        let (change, intent) = request.change().ok_or(Refusal::Denied)?;
        let changed = self.deps.directory.commit(user, change, intent).await.map_err(failed)?;
        for user in changed.ok_or(Refusal::Denied)?.users {
            let _ = self.deps.cache.del(&key(user)).await;
        }
        Ok(Response::Done)
    }

    /// Stores an event of a camera, and has its viewers notified.
    async fn upload(&self, device: DeviceId, request: Request) -> Result<Response, Refusal> {
        let Request::Upload { event, captured_ms, caption, thumbnail, clip } = request else {
            return Err(Refusal::Denied);
        };
        // A camera may name another camera's event.
        if event.device != device {
            return Err(Refusal::Denied);
        }
        let Deps { directory, media, phones, .. } = self.deps.clone();
        media.put(event, thumbnail.clone(), clip).await.map_err(failed)?;
        let stored = directory.store_event(event, captured_ms, caption).await.map_err(failed)?;
        let stored = stored.ok_or(Refusal::Denied)?;
        if stored.first_time {
            let job: Job = Box::pin(async move {
                let viewers = directory.viewers_of(Role::Primary, device, stored.epoch).await;
                for user in viewers.map(|viewers| viewers.value).unwrap_or_default() {
                    phones.push(user, event, thumbnail.clone());
                }
            });
            self.notices.send(job).expect("the gateway has the other end");
        }
        Ok(Response::Done)
    }

    /// Returns the cameras whose events a user may see, from the cache if it has them.
    async fn cameras_of(&self, user: UserId) -> io::Result<Vec<Camera>> {
        let Deps { cache, directory, settings, .. } = &self.deps;
        if let Ok(Some(value)) = cache.get(&key(user)).await {
            if let Some(cameras) = decoded(&value) {
                return Ok(cameras);
            }
        }
        let cameras = directory.cameras_of(Role::Primary, user).await?.value;
        let numbers: Vec<_> =
            cameras.iter().map(|(device, epoch)| format!("{}:{}", device.0, epoch.0)).collect();
        let _ = cache.set(&key(user), numbers.join(" ").as_bytes(), settings.cache_ttl).await;
        Ok(cameras)
    }
}

/// A camera in the hands of one owner.
type Camera = (DeviceId, crosswire::service::Epoch);

fn key(user: UserId) -> String {
    format!("cameras/{}", user.0)
}

fn decoded(value: &[u8]) -> Option<Vec<Camera>> {
    let pairs = str::from_utf8(value).ok()?.split_whitespace().map(|pair| {
        let (device, epoch) = pair.split_once(':')?;
        let epoch = crosswire::service::Epoch(epoch.parse().ok()?);
        Some((DeviceId(device.parse().ok()?), epoch))
    });
    pairs.collect()
}

#[async_trait]
impl Service for OurGateway {
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal> {
        match request {
            Request::Connect => return Ok(Response::Done),
            Request::Authenticate(shown) => {
                return self.authenticate(session, shown).await.map(|()| Response::Done);
            }
            _ => {}
        }
        let principal = self.sessions.lock().expect("no panic").get(&session).copied();
        match principal.ok_or(Refusal::Denied)? {
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
        let job = self.waiting.lock().await.recv().await;
        job.expect("the gateway has the other end")
    }
}
