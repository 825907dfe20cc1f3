//! Requests that cameras and phones send to a gateway, and its responses.

use crate::directory::AccessChange;
use crate::owner_tag::OwnerKey;
use bytes::Bytes;
use crosswire_history::{DeviceId, Digest, Epoch, EventId, Intent, Op, Principal, Serial, UserId};
use std::hash::Hasher;

/// A connection from a device to a gateway. The device chooses the id; it is effectively random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// A credential presented at authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A user's account.
    Account(UserId),
    /// A camera: the identity it was manufactured with, and the serial its hardware proves.
    Camera(DeviceId, Serial),
}

impl Credential {
    /// Returns the principal that the credential claims.
    pub fn principal(self) -> Principal {
        match self {
            Self::Account(user) => Principal::User(user),
            Self::Camera(device, _) => Principal::Device(device),
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub enum Request {
    /// Opens a connection.
    Connect,
    /// Authenticates the connection.
    Authenticate(Credential),
    /// Keeps the session alive.
    KeepAlive,
    /// Camera: uploads an event with its caption, thumbnail and clip.
    Upload {
        /// The event, numbered by the camera so that a repeated upload is recognized.
        event: EventId,
        /// Capture time, by the camera's clock.
        captured_ms: u64,
        /// Its line in the Events tab.
        caption: Bytes,
        /// The thumbnail.
        thumbnail: Bytes,
        /// The clip.
        clip: Bytes,
    },
    /// Phone: lists the Events tab from `cursor` on.
    List {
        /// The cursor of the previous listing, or 0.
        cursor: u64,
    },
    /// Phone: loads a thumbnail of the Events tab.
    Thumbnail(Token),
    /// Phone: loads a thumbnail that the user tapped.
    Enlarge(Token),
    /// Phone: loads the video of an event.
    Video(EventId),
    /// Owner: lets a user watch. Like each of the following requests, it carries the number of the
    /// user's intent, which stays the same when the request is sent again.
    Share(DeviceId, UserId, Intent),
    /// Owner: revokes a grant.
    Revoke(DeviceId, UserId, Intent),
    /// Owner: transfers a camera to another account.
    Transfer(DeviceId, UserId, Intent),
    /// New owner: claims a camera that was reset to factory state.
    Reclaim(DeviceId, Intent),
    /// Owner: deletes a camera from the account.
    Delete(DeviceId, Intent),
}

impl Request {
    /// Returns the kind of request.
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

    /// Returns the access change that is requested, with the number of the user's intent; `None` if
    /// the request is not one for a change.
    pub fn change(&self) -> Option<(AccessChange, Intent)> {
        match *self {
            Self::Share(device, to, intent) => Some((AccessChange::Share(device, to), intent)),
            Self::Revoke(device, from, intent) => {
                Some((AccessChange::Revoke(device, from), intent))
            }
            Self::Transfer(device, to, intent) => {
                Some((AccessChange::Transfer(device, to), intent))
            }
            Self::Reclaim(device, intent) => Some((AccessChange::Reclaim(device), intent)),
            Self::Delete(device, intent) => Some((AccessChange::Delete(device), intent)),
            _ => None,
        }
    }

    /// Returns the approximate size on the wire, in bytes.
    pub fn wire_bytes(&self) -> usize {
        match self {
            Self::Upload { .. } => 48_000,
            _ => 300,
        }
    }
}

/// A signed link: permission to fetch a thumbnail without a further permission check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The event.
    pub event: EventId,
    /// Expiry time.
    pub expires_ms: u64,
    /// The signature of a gateway.
    pub signature: u64,
}

impl Token {
    fn signature(key: u64, event: EventId, expires_ms: u64) -> u64 {
        let mut digest = Digest::default();
        for word in [key, u64::from(event.device.0), u64::from(event.seq), expires_ms] {
            digest.write_u64(word);
        }
        digest.finish()
    }

    /// Signs a link to the thumbnail of `event` with the gateways' key.
    pub fn sign(key: u64, event: EventId, expires_ms: u64) -> Self {
        Self { event, expires_ms, signature: Self::signature(key, event, expires_ms) }
    }

    /// Returns true if a gateway signed the link and it has not expired.
    pub fn is_good(self, key: u64, now_ms: u64) -> bool {
        let signature = Self::signature(key, self.event, self.expires_ms);
        self.signature == signature && now_ms <= self.expires_ms
    }
}

/// One line of the Events tab.
#[derive(Clone, Debug)]
pub struct Item {
    /// The event.
    pub event: EventId,
    /// The camera's caption for the event.
    pub caption: Bytes,
    /// A link to its thumbnail.
    pub token: Token,
}

/// A response.
#[derive(Clone, Debug)]
pub enum Response {
    /// Success.
    Done,
    /// Success. The camera seals with these keys, oldest first.
    Enrolled(Vec<OwnerKey>),
    /// A page of the Events tab.
    Listing {
        /// The lines of the page, oldest first.
        items: Vec<Item>,
        /// The cursor of the next page.
        cursor: u64,
        /// A [fingerprint](Response::fingerprint) of the set of cameras the listing was made from.
        /// When it changes, older pages may contain new lines, and the phone begins again with
        /// cursor 0.
        relations: u64,
        /// Viewer counts, where known: first of the user's first cameras, then of the cameras of
        /// the page's first lines. May be empty.
        viewers: Vec<Option<u32>>,
        /// True if there are more lines.
        more: bool,
    },
    /// A thumbnail or a clip that the gateway attributes to this event.
    Media(EventId, Bytes),
}

impl Response {
    /// Returns the fingerprint of a set of cameras.
    pub fn fingerprint(cameras: &[(DeviceId, Epoch)]) -> u64 {
        let mut digest = Digest::default();
        for (device, epoch) in cameras {
            digest.write_u32(device.0);
            digest.write_u32(epoch.0);
        }
        digest.finish()
    }

    /// Returns the approximate size on the wire, in bytes.
    pub fn wire_bytes(&self) -> usize {
        match self {
            Self::Done => 100,
            Self::Enrolled(keys) => 100 + 20 * keys.len(),
            Self::Listing { items, viewers, .. } => 200 + 150 * items.len() + 4 * viewers.len(),
            Self::Media(..) => 24_000,
        }
    }
}

/// The reason why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is not allowed.
    Denied,
    /// The camera must authenticate again: its sealing keys are out of date.
    Unsealed,
    /// The gateway is too busy.
    Busy,
    /// A backend of the gateway failed.
    Failed,
}
