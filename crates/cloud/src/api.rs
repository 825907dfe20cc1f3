//! What cameras and phones may ask of a gateway, and what it answers.

use crate::owner_tag::OwnerKey;
use bytes::Bytes;
use crosswire_history::{DeviceId, EventId, Intent, Op, Principal, Serial, UserId};

/// A connection of a device to a gateway. The device makes it up; it is as good as random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// What somebody shows to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A person's, by account.
    Account(UserId),
    /// A camera's: the identity that it was made with, and what its hardware proves.
    Camera(DeviceId, Serial),
}

impl Credential {
    /// Who it says to be.
    pub fn principal(self) -> Principal {
        match self {
            Self::Account(user) => Principal::User(user),
            Self::Camera(device, _) => Principal::Device(device),
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub enum Request {
    /// Opens a connection.
    Connect,
    /// Says who is at the other end, with the credential that proves it.
    Authenticate(Credential),
    /// Says that one is still there.
    KeepAlive,
    /// Camera: an event, with what it made of it.
    Upload {
        /// Which; made up by the camera, so that a second upload is known to be the same.
        event: EventId,
        /// When it was captured, by the camera's clock.
        captured_ms: u64,
        /// A line for the Events tab.
        caption: Bytes,
        /// A picture.
        thumbnail: Bytes,
        /// The video.
        clip: Bytes,
    },
    /// Phone: the Events tab, from `cursor` on.
    List {
        /// What the last listing gave, or 0.
        cursor: u64,
    },
    /// Phone: a thumbnail from the Events tab.
    Thumbnail(Token),
    /// Phone: the same, tapped.
    Enlarge(Token),
    /// Phone: the video of an event.
    Video(EventId),
    /// Owner: let a user watch. This and each of the following carries the number of what the
    /// person wants, the same each time it is sent again.
    Share(DeviceId, UserId, Intent),
    /// Owner: take that back.
    Revoke(DeviceId, UserId, Intent),
    /// Owner: hand a camera to another account.
    Transfer(DeviceId, UserId, Intent),
    /// New owner: claim a camera that was reset to factory state.
    Reclaim(DeviceId, Intent),
    /// Owner: delete a camera from the account.
    Delete(DeviceId, Intent),
}

impl Request {
    /// Its kind.
    pub fn op(&self) -> Op {
        match self {
            Self::Connect => Op::Connect,
            Self::Authenticate(_) => Op::Authenticate,
            Self::KeepAlive => Op::KeepAlive,
            Self::Upload { .. } => Op::Upload,
            Self::List { .. } => Op::List,
            Self::Thumbnail(_) => Op::Thumbnail,
            Self::Enlarge(_) => Op::Enlarge,
            Self::Video(_) => Op::Video,
            Self::Share(..) => Op::Share,
            Self::Revoke(..) => Op::Revoke,
            Self::Transfer(..) => Op::Transfer,
            Self::Reclaim(..) => Op::Reclaim,
            Self::Delete(..) => Op::Delete,
        }
    }

    /// About how many bytes it is on the wire.
    pub fn wire_bytes(&self) -> usize {
        match self {
            Self::Upload { .. } => 48_000,
            _ => 300,
        }
    }
}

/// Permission to fetch a thumbnail without being asked again, as a signed link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Of which event.
    pub event: EventId,
    /// When it ends.
    pub expires_ms: u64,
    /// The gateways' signature.
    pub signature: u64,
}

/// One line of the Events tab.
#[derive(Clone, Debug)]
pub struct Item {
    /// Which event.
    pub event: EventId,
    /// The camera's line for it.
    pub caption: Bytes,
    /// For its thumbnail.
    pub token: Token,
}

/// One response.
#[derive(Clone, Debug)]
pub enum Response {
    /// Done.
    Done,
    /// Done, and this is what the camera is to seal with, oldest first.
    Enrolled(Vec<OwnerKey>),
    /// A page of the Events tab.
    Listing {
        /// Its lines, oldest first.
        items: Vec<Item>,
        /// Where the next page begins.
        cursor: u64,
        /// Changes whenever the set of cameras does that the listing was made from: older pages
        /// may then hold something new.
        relations: u64,
        /// How many people may watch the first cameras of the user, and then the cameras of the first
        /// lines, where that is known.
        viewers: Vec<Option<u32>>,
        /// Whether there is more.
        more: bool,
    },
    /// A thumbnail or a clip, said to be of this event.
    Media(EventId, Bytes),
}

impl Response {
    /// About how many bytes it is on the wire.
    pub fn wire_bytes(&self) -> usize {
        match self {
            Self::Done => 100,
            Self::Enrolled(keys) => 100 + 20 * keys.len(),
            Self::Listing { items, viewers, .. } => 200 + 150 * items.len() + 4 * viewers.len(),
            Self::Media(..) => 24_000,
        }
    }
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not allowed.
    Denied,
    /// The camera has to authenticate anew: what it seals with is out of date.
    Unsealed,
    /// The gateway is too busy.
    Busy,
    /// Something behind the gateway failed.
    Failed,
}
