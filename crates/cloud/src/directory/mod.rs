//! The directory: users, cameras with epochs of ownership, grants and events.
//!
//! [`tables`] is the database, real SQL in memory. [`server`] puts it on a node: a limit on what
//! is served at a time, a queue, service times, a primary that can fail and a replica that lags.
//! [`DirectoryClient`] is a gateway's way to it. What is committed is seen at its door, from
//! which the ledger is built.

mod changes;
pub mod server;
pub mod tables;

pub use server::{Directory, DirectorySpec, Role};
pub use tables::{Changed, Key, Row, Stored};

use bytes::Bytes;
use crosswire_history::{DeviceId, Epoch, EventId, Principal, Serial, UserId};
use crosswire_net::{Caller, Site};
use std::io;

/// What can be asked of the directory.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Is this user or device known, and not deleted?
    IsKnown(Principal),
    /// Is this device known, not deleted, and bound to this hardware? One that was never bound is
    /// bound to the first that asks.
    IsBound(DeviceId, Serial),
    /// The cameras that a user may see, by epoch.
    CamerasOf(UserId),
    /// The users who may see what a camera captured in an epoch.
    ViewersOf(DeviceId, Epoch),
    /// Which of these events may a user see?
    MaySee(UserId, Vec<EventId>),
    /// May a user see what these cameras captured in these epochs?
    MayWatch(UserId, Vec<(DeviceId, Epoch)>),
    /// The epoch an event belongs to.
    EpochOf(EventId),
    /// The epochs of a device, oldest first, and when each began.
    EpochsOf(DeviceId),
    /// The changes of who may see what after a commit, oldest first.
    ChangesSince(u64),
    /// Events of these cameras and epochs that were stored after a commit, oldest first.
    Events(Vec<(DeviceId, Epoch)>, u64, usize),
    /// Keep an event.
    StoreEvent(EventId, u64, Bytes),
    /// The owner lets a user watch.
    Share(UserId, DeviceId, UserId),
    /// The owner takes that back.
    Revoke(UserId, DeviceId, UserId),
    /// A camera gets a new owner; the present one must be the first, if it is given.
    Transfer(Option<UserId>, DeviceId, UserId),
    /// The same, but whoever may watch stays: their grants are taken along into the new epoch.
    HandOver(Option<UserId>, DeviceId, UserId),
    /// The owner deletes a camera.
    Delete(UserId, DeviceId),
    /// A change of the above, at most once, and not at all after one with a higher key.
    Keyed(Key, Box<Ask>),
}

/// What the directory answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// To [`Ask::IsKnown`] and [`Ask::IsBound`].
    Known(bool),
    /// To [`Ask::CamerasOf`].
    Cameras(AsOf<Vec<(DeviceId, Epoch)>>),
    /// To [`Ask::ViewersOf`].
    Viewers(AsOf<Vec<UserId>>),
    /// To [`Ask::MaySee`] and [`Ask::MayWatch`].
    MaySee(Vec<bool>),
    /// To [`Ask::EpochOf`].
    Epoch(Option<Epoch>),
    /// To [`Ask::EpochsOf`].
    Epochs(Vec<(Epoch, u64)>),
    /// To [`Ask::ChangesSince`].
    Changes(AsOf<Vec<Changed>>),
    /// To [`Ask::Events`].
    Rows(Vec<Row>),
    /// To [`Ask::StoreEvent`]; nothing if the camera is not known.
    Stored(Option<Stored>),
    /// To a change; nothing if it is not theirs to make.
    Changed(Option<Changed>),
}

/// Something, and the commit as of which it was so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf<T> {
    /// What it is.
    pub it: T,
    /// The commit.
    pub commit: u64,
}

impl Ask {
    fn writes(&self) -> bool {
        use Ask::{Delete, HandOver, Keyed, Revoke, Share, StoreEvent, Transfer};
        matches!(self, StoreEvent(..) | Share(..) | Revoke(..) | Transfer(..) | Delete(..))
            || matches!(self, HandOver(..) | Keyed(..))
    }

    /// For whom the directory is to decide something; nobody if it is a question about a camera
    /// or an event alone.
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

/// A gateway's way to the directory. Each method costs a round trip.
///
/// # Errors
/// All give an error if the directory cannot be reached, is overloaded, or dies meanwhile.
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

#[expect(missing_docs, clippy::missing_errors_doc, reason = "told at `Ask` and at the type")]
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
    ) -> io::Result<AsOf<Vec<(DeviceId, Epoch)>>> {
        answer!(self.at(role).call(self.from, Ask::CamerasOf(user), 200), Answer::Cameras)
    }

    pub async fn viewers_of(
        &self,
        role: Role,
        device: DeviceId,
        epoch: Epoch,
    ) -> io::Result<AsOf<Vec<UserId>>> {
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

    pub async fn changes_since(&self, commit: u64) -> io::Result<AsOf<Vec<Changed>>> {
        answer!(self.ask(Ask::ChangesSince(commit)), Answer::Changes)
    }

    pub async fn epoch_of(&self, event: EventId) -> io::Result<Option<Epoch>> {
        answer!(self.ask(Ask::EpochOf(event)), Answer::Epoch)
    }

    /// From the replica, which may be a little behind. If it refuses, nobody else is asked.
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

    /// A change, as it is: whoever asks twice has it made twice.
    pub async fn change(&self, ask: Ask) -> io::Result<Option<Changed>> {
        answer!(self.ask(ask), Answer::Changed)
    }

    /// A change with a key. Asked again, it is not made again; asked after a later one, never.
    pub async fn change_once(&self, key: Key, ask: Ask) -> io::Result<Option<Changed>> {
        answer!(self.ask(Ask::Keyed(key, Box::new(ask))), Answer::Changed)
    }
}
