//! Requests to the directory, and its answers.

use bytes::Bytes;
use crosswire_history::{DeviceId, Epoch, EventId, Intent, Principal, Serial, UserId};

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
    pub(super) fn writes(&self) -> bool {
        use Ask::{Delete, HandOver, Keyed, Revoke, Share, StoreEvent, Transfer};
        matches!(self, StoreEvent(..) | Share(..) | Revoke(..) | Transfer(..) | Delete(..))
            || matches!(self, HandOver(..) | Keyed(..))
    }

    /// Returns the principal the request is about, or `None` if it concerns a camera or an event
    /// alone.
    pub(super) fn about(&self) -> Option<Principal> {
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

/// The role of one of the directory's nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Commits changes, and reads as of its latest commit.
    Primary,
    /// Reads as of the latest commit it has applied.
    Replica,
}

/// The key of a change. It stays the same when the change is requested again, and its number is
/// higher for a later change to the same camera and person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The camera.
    pub device: DeviceId,
    /// The user concerned: the guest, the next owner or, for a deletion, the last owner.
    pub user: UserId,
    /// The number of the user's intent.
    pub intent: Intent,
}

/// One line of the Events tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The commit that stored the event.
    pub commit: u64,
    /// The event.
    pub event: EventId,
    /// The ownership epoch it belongs to.
    pub epoch: Epoch,
    /// The camera's caption for the event.
    pub caption: Bytes,
}

/// The result of storing an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The epoch the event belongs to.
    pub epoch: Epoch,
    /// True if the event was not stored before.
    pub first_time: bool,
}

/// The effects of an access change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Cameras whose viewers have changed.
    pub epochs: Vec<(DeviceId, Epoch)>,
    /// Users whose cameras have changed.
    pub users: Vec<UserId>,
    /// The commit as of which the change is in effect.
    pub commit: u64,
}
