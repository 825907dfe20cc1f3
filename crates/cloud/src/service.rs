//! The interface between a gateway and the world around it. [`crate::Gateway`] is our
//! implementation; another gateway can take its place in a storm.

use crate::api::{Refusal, Request, Response, SessionId};
use crate::deps::{Deps, Job};
use async_trait::async_trait;
use std::fmt;
use std::future::pending;
use std::sync::Arc;

/// A gateway of a camera service, as the world around it sees it: requests of cameras and phones
/// in, responses out.
///
/// A storm runs several gateways. Each is made by the constructor that the storm was given, with
/// the [`Deps`] of its process: a caching client, the directory, the media store, phones to push
/// to. When a gateway is killed, everything that it holds is dropped, and a restart makes a new
/// one. Each request has a task, and many run at once, so the methods take `&self`.
///
/// Users see the events of their cameras and of cameras that were shared with them, as soon as they
/// may and as long as they may, and no others. The checkers look at what arrives on phones; how a
/// gateway decides is not prescribed.
///
/// # Requests, and what a gateway does with each
///
/// - [`Connect`], [`KeepAlive`]: returns [`Done`].
/// - [`Authenticate`]: asks the directory whether an account [is known] or a camera [is bound];
///   remembers who the session is; returns [`Done`], or [`Denied`].
/// - [`Upload`], of a camera: checks that the event is this camera's, [puts] the media, then
///   [stores] the event; if that is for the first time, pushes the event to all [viewers] in the
///   background; returns [`Done`], or [`Denied`].
/// - [`List`], of a phone: reads the [cameras] of the user, then the [events] after the cursor;
///   returns a [`Listing`] with a [signed] link for each.
/// - [`Thumbnail`], [`Enlarge`]: checks that the link [is good] and [reads] the thumbnail; returns
///   [`Media`].
/// - [`Video`]: finds the [epoch] of the event, checks that the user is a viewer of the camera in
///   that epoch, and reads the clip; returns [`Media`].
/// - `Share`, `Revoke`, `Transfer`, `Reclaim`, `Delete`: [commits] the [change], then invalidates
///   what is cached of the users and cameras that the answer names; returns [`Done`], or
///   [`Denied`] if the user is not entitled to the change.
///
/// Any other request, or one without authentication, is [`Denied`]. A request that a backend failed
/// is [`Failed`](Refusal::Failed); its sender tries again.
///
/// [`Authenticate`]: Request::Authenticate
/// [`Connect`]: Request::Connect
/// [`Denied`]: Refusal::Denied
/// [`Done`]: Response::Done
/// [`Enlarge`]: Request::Enlarge
/// [`KeepAlive`]: Request::KeepAlive
/// [`List`]: Request::List
/// [`Listing`]: Response::Listing
/// [`Media`]: Response::Media
/// [`Thumbnail`]: Request::Thumbnail
/// [`Upload`]: Request::Upload
/// [`Video`]: Request::Video
/// [cameras]: crate::DirectoryClient::cameras_of
/// [change]: Request::change
/// [commits]: crate::DirectoryClient::commit
/// [epoch]: crate::DirectoryClient::epoch_of
/// [events]: crate::DirectoryClient::events
/// [is bound]: crate::DirectoryClient::is_bound
/// [is good]: crate::Token::is_good
/// [is known]: crate::DirectoryClient::is_known
/// [puts]: crate::MediaClient::put
/// [reads]: crate::MediaClient::get
/// [signed]: crate::Token::sign
/// [stores]: crate::DirectoryClient::store_event
/// [viewers]: crate::DirectoryClient::viewers_of
///
/// # The contract
///
/// - **S1** *Be droppable.* The future of [`handle`](Self::handle) is dropped at its current await
///   when the device gives up, its connection breaks or the deadline passes.
/// - **S2** *Decide for the sender.* What [`handle`](Self::handle) itself asks of the directory is
///   about the session's user or about the camera of the request (I8). Work for several users at a
///   time, such as a batch of look-ups, runs in a task: see [`Tasks`](crate::deps::Tasks).
/// - **S3** *Forget.* A cached permission is used for at most [`Settings::cache_ttl`] after it was
///   read, and a link lives no longer than [`Settings::link_life`] (I1, I6).
/// - **S4** *Push once.* A user is pushed an event once, however often it is uploaded (I10).
/// - **S5** *Lose nothing.* An event whose upload was answered with `Done` appears in the list of
///   every user who may see it (I11).
/// - **S6** *End in time.* A request, and each [job](Self::next_job), ends by
///   [`Settings::request_deadline`] (I12), and soon after the last fault requests end well again,
///   of every kind (I13, I14).
///
/// The cache holds what the service likes, under any keys. It is empty at the start. A run in which
/// the service asks it and never finds anything is inconclusive; a service that never asks it is
/// tested without one.
///
/// # What the invariants say of a service
///
/// - **I1**, **I6**: an event reaches only users who own its camera in the event's epoch or hold a
///   grant, and no user after the grant has ended, but for the time that S3 allows.
/// - **I2**: the bytes delivered are those of the event that is named.
/// - **I8**: S2. **I9**: within one epoch, all that authenticates as a device is one camera.
/// - **I10**: S4. **I11**: S5. **I12**: S6.
/// - **I13**: after recovery the share of requests that the scenario states ends well, queues are
///   short, and no kind of request always fails: none of ten or more that senders with a right to
///   them sent over four seconds or longer.
/// - **I14**: after recovery, no request is refused that its sender has a right to.
///
/// I3, I4, I5 and I7 are about the caching client.
///
/// # Dishonest devices
///
/// A quarter of the phones and cameras is dishonest, unless the scenario states another share
/// (`workload.dishonest`). What each check prevents:
///
/// - A phone asks for the video of a stranger's event, or of one that was in its list before the
///   grant ended: authorize each [`Video`].
/// - It asks for a thumbnail with a link whose event or expiry it has changed, or that it has
///   signed itself: check the signature.
/// - It asks with a link that has expired, perhaps after the grant ended: check the expiry.
/// - It asks without having authenticated: deny everything but [`Connect`] and [`Authenticate`].
/// - A camera uploads an event as another camera's: compare the event with the session. The viewers
///   of the other camera would be shown it (I1, I2).
///
/// To deny such a request is correct. How it ends does not count for I13 and I14.
///
/// # What is not found
///
/// An expired or forged link that is honoured for a user who may still see the event is no
/// violation, because a gateway may authorize the user instead of the link. Nor is an upload under
/// another camera's name that is answered with [`Done`] and reaches no user. A kind of request that
/// always fails does not show if it is sent fewer than ten times after recovery; changes of
/// ownership and grants often are.
///
/// [`Settings::cache_ttl`]: crate::deps::Settings::cache_ttl
/// [`Settings::link_life`]: crate::deps::Settings::link_life
/// [`Settings::request_deadline`]: crate::deps::Settings::request_deadline
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Handles one request on one connection.
    ///
    /// # Errors
    /// The request is refused.
    async fn handle(&self, session: SessionId, request: Request) -> Result<Response, Refusal>;

    /// Reports that a connection is gone: no more requests will arrive on it.
    fn disconnected(&self, _session: SessionId) {}

    /// Switches the emergency cache configuration on or off. A service without such a configuration
    /// ignores this.
    fn emergency_cache(&self, _on: bool) {}

    /// Waits until there is background work, and returns it. The gateway's process has a few
    /// workers; each asks for a job, runs it until the deadline of a request, and asks again.
    /// Tasks that [`Tasks::spawn`](crate::deps::Tasks::spawn) starts, also in the constructor, have
    /// neither a limit nor a deadline. A service without such work need not implement this.
    async fn next_job(&self) -> Job {
        pending().await
    }
}

/// Makes a gateway for a process that starts.
pub type MakeService = Arc<dyn Fn(Deps) -> Arc<dyn Service> + Send + Sync>;

/// A service that takes the place of the built-in gateway.
#[derive(Clone)]
pub struct OwnService {
    /// The name, as scenarios, seed lines and files contain it.
    pub name: String,
    /// The summary, in one line, where there is a list of services.
    pub summary: String,
    /// Makes a gateway.
    pub make: MakeService,
}

impl fmt::Debug for OwnService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnService").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OwnService {
    /// Names a service and its constructor.
    pub fn new<S: Service>(name: &str, make: impl Fn(Deps) -> S + Send + Sync + 'static) -> Self {
        let make: MakeService = Arc::new(move |deps| Arc::new(make(deps)));
        Self { name: name.to_owned(), summary: String::new(), make }
    }
}
