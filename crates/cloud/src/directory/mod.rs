//! The directory: users, cameras with their ownership epochs, grants and events.
//!
//! [`tables`] is the database: real SQL, in memory. [`server`] puts it on nodes, with a concurrency
//! limit, a queue, service times, a primary that can fail and a replica that lags.
//! [`DirectoryClient`] is a gateway's client for it. Commits are recorded as they are made, and the
//! ledger is built from those records.

mod changes;
mod relation;
pub mod server;
pub mod tables;

pub use relation::Relation;
pub use server::{Directory, DirectorySpec, Role};
pub use tables::{Changed, Key, Row, Stored};

use bytes::Bytes;
use crosswire_history::{DeviceId, Epoch, EventId, Principal, Serial, UserId};
use crosswire_net::{Caller, Site};
use std::io;

/// A request to the directory.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Is this user or device known, and not deleted?
    IsKnown(Principal),
    /// Is this device known, not deleted, and bound to this hardware? A device that was never bound
    /// is bound to the first hardware that asks.
    IsBound(DeviceId, Serial),
    /// The cameras that a user may see, with epochs.
    CamerasOf(UserId),
    /// The users who may see what a camera captured in an epoch.
    ViewersOf(DeviceId, Epoch),
    /// For each of these events: may a user see it?
    MaySee(UserId, Vec<EventId>),
    /// For each of these cameras and epochs: may a user see what the camera captured in it?
    MayWatch(UserId, Vec<(DeviceId, Epoch)>),
    /// The epoch of an event.
    EpochOf(EventId),
    /// The epochs of a device, oldest first, each with its start time.
    EpochsOf(DeviceId),
    /// The access changes after a commit, oldest first.
    ChangesSince(u64),
    /// Events of these cameras and epochs stored after a commit, oldest first, up to a limit.
    Events(Vec<(DeviceId, Epoch)>, u64, usize),
    /// Store an event: its id, capture time and caption.
    StoreEvent(EventId, u64, Bytes),
    /// The owner grants a user permission to watch.
    Share(UserId, DeviceId, UserId),
    /// The owner revokes a grant.
    Revoke(UserId, DeviceId, UserId),
    /// Transfer a camera to a new owner. If the first user is given, they must be the present
    /// owner.
    Transfer(Option<UserId>, DeviceId, UserId),
    /// Transfer a camera like [`Self::Transfer`], but carry its grants over into the new epoch.
    HandOver(Option<UserId>, DeviceId, UserId),
    /// The owner deletes a camera.
    Delete(UserId, DeviceId),
    /// One of the changes above, made at most once, and not at all after a change with a higher
    /// key.
    Keyed(Key, Box<Ask>),
}

/// An answer of the directory.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Ask::IsKnown`] and [`Ask::IsBound`].
    Known(bool),
    /// To [`Ask::CamerasOf`].
    Cameras(AtCommit<Vec<(DeviceId, Epoch)>>),
    /// To [`Ask::ViewersOf`].
    Viewers(AtCommit<Vec<UserId>>),
    /// To [`Ask::MaySee`] and [`Ask::MayWatch`].
    MaySee(Vec<bool>),
    /// To [`Ask::EpochOf`].
    Epoch(Option<Epoch>),
    /// To [`Ask::EpochsOf`].
    Epochs(Vec<(Epoch, u64)>),
    /// To [`Ask::ChangesSince`].
    Changes(AtCommit<Vec<Changed>>),
    /// To [`Ask::Events`].
    Rows(Vec<Row>),
    /// To [`Ask::StoreEvent`]; `None` if the camera is not known.
    Stored(Option<Stored>),
    /// To a change; `None` if the user is not entitled to make it.
    Changed(Option<Changed>),
}

/// A value and the commit as of which it is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtCommit<T> {
    /// The value.
    pub value: T,
    /// The commit.
    pub commit: u64,
}

impl Ask {
    fn writes(&self) -> bool {
        use Ask::{Delete, HandOver, Keyed, Revoke, Share, StoreEvent, Transfer};
        matches!(self, StoreEvent(..) | Share(..) | Revoke(..) | Transfer(..) | Delete(..))
            || matches!(self, HandOver(..) | Keyed(..))
    }

    /// Returns the principal the request is about, or `None` if it concerns a camera or an event
    /// alone.
    fn about(&self) -> Option<Principal> {
        match *self {
            Self::IsKnown(principal) => Some(principal),
            Self::IsBound(device, _) => Some(Principal::Device(device)),
            Self::Keyed(_, ref ask) => ask.about(),
            Self::CamerasOf(user)
            | Self::MaySee(user, _)
            | Self::MayWatch(user, _)
            | Self::Share(user, ..)
            | Self::Revoke(user, ..)
            | Self::Transfer(Some(user), ..)
            | Self::Transfer(None, _, user)
            | Self::HandOver(Some(user), ..)
            | Self::HandOver(None, _, user)
            | Self::Delete(user, _) => Some(Principal::User(user)),
            Self::EpochsOf(_) | Self::ChangesSince(_) => None,
            Self::ViewersOf(..) | Self::EpochOf(_) | Self::Events(..) | Self::StoreEvent(..) => {
                None
            }
        }
    }
}

/// A gateway's client for the directory. Each method costs one round trip.
///
/// # Errors
/// Every method fails if the directory is unreachable or overloaded, or dies in the meantime.
#[derive(Clone)]
pub struct DirectoryClient {
    pub(crate) primary: Caller<Ask, Answer>,
    pub(crate) replica: Caller<Ask, Answer>,
    pub(crate) from: Site,
}

macro_rules! answer {
    ($asking:expr, $kind:path) => {
        match $asking.await? {
            $kind(answer) => Ok(answer),
            other => Err(io::Error::other(format!("the directory answered {other:?}"))),
        }
    };
}

#[expect(missing_docs, clippy::missing_errors_doc, reason = "documented at `Ask` and at the type")]
impl DirectoryClient {
    async fn ask(&self, ask: Ask) -> io::Result<Answer> {
        self.primary.call(self.from, ask, 200).await
    }

    pub async fn is_known(&self, principal: Principal) -> io::Result<bool> {
        answer!(self.ask(Ask::IsKnown(principal)), Answer::Known)
    }

    pub async fn is_bound(&self, device: DeviceId, serial: Serial) -> io::Result<bool> {
        answer!(self.ask(Ask::IsBound(device, serial)), Answer::Known)
    }

    fn at(&self, role: Role) -> &Caller<Ask, Answer> {
        if role == Role::Primary { &self.primary } else { &self.replica }
    }

    pub async fn cameras_of(
        &self,
        role: Role,
        user: UserId,
    ) -> io::Result<AtCommit<Vec<(DeviceId, Epoch)>>> {
        answer!(self.at(role).call(self.from, Ask::CamerasOf(user), 200), Answer::Cameras)
    }

    pub async fn viewers_of(
        &self,
        role: Role,
        device: DeviceId,
        epoch: Epoch,
    ) -> io::Result<AtCommit<Vec<UserId>>> {
        let ask = Ask::ViewersOf(device, epoch);
        answer!(self.at(role).call(self.from, ask, 200), Answer::Viewers)
    }

    pub async fn may_see(&self, user: UserId, events: Vec<EventId>) -> io::Result<Vec<bool>> {
        answer!(self.ask(Ask::MaySee(user, events)), Answer::MaySee)
    }

    pub async fn may_watch(
        &self,
        user: UserId,
        cameras: Vec<(DeviceId, Epoch)>,
    ) -> io::Result<Vec<bool>> {
        answer!(self.ask(Ask::MayWatch(user, cameras)), Answer::MaySee)
    }

    pub async fn epochs_of(&self, device: DeviceId) -> io::Result<Vec<(Epoch, u64)>> {
        answer!(self.ask(Ask::EpochsOf(device)), Answer::Epochs)
    }

    pub async fn changes_since(&self, commit: u64) -> io::Result<AtCommit<Vec<Changed>>> {
        answer!(self.ask(Ask::ChangesSince(commit)), Answer::Changes)
    }

    pub async fn epoch_of(&self, event: EventId) -> io::Result<Option<Epoch>> {
        answer!(self.ask(Ask::EpochOf(event)), Answer::Epoch)
    }

    /// Reads from the replica, which may lag slightly. There is no fallback if the replica refuses.
    pub async fn events(
        &self,
        cameras: Vec<(DeviceId, Epoch)>,
        behind: u64,
        limit: usize,
    ) -> io::Result<Vec<Row>> {
        let ask = Ask::Events(cameras, behind, limit);
        answer!(self.replica.call(self.from, ask, 200), Answer::Rows)
    }

    pub async fn store_event(
        &self,
        event: EventId,
        captured_ms: u64,
        caption: Bytes,
    ) -> io::Result<Option<Stored>> {
        answer!(self.ask(Ask::StoreEvent(event, captured_ms, caption)), Answer::Stored)
    }

    /// Makes a change without a key: asking twice makes it twice.
    pub async fn change(&self, ask: Ask) -> io::Result<Option<Changed>> {
        answer!(self.ask(ask), Answer::Changed)
    }

    /// Makes a change with a key: asking again does not make it again, and asking after a later
    /// change does not make it at all.
    pub async fn change_once(&self, key: Key, ask: Ask) -> io::Result<Option<Changed>> {
        answer!(self.ask(Ask::Keyed(key, Box::new(ask))), Answer::Changed)
    }
}
