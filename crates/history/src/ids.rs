//! Ids of everything that takes part in a run. All ids are plain numbers, assigned in order of
//! first use, so a replay assigns the same ones.

use crate::impl_id;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id!(
    /// An account. Each account has one phone.
    UserId(u32), "user-");
id!(
    /// A camera, as the service identifies it.
    DeviceId(u32), "camera-");
id!(
    /// The number that a camera's hardware proves, regardless of the identity it was flashed with.
    /// Unique to each camera.
    Serial(u32), "serial-");
id!(
    /// Something a user wants, numbered in the order of wanting. A retried request carries the same
    /// number; a change of mind carries a higher one.
    Intent(u32), "intent-");
id!(
    /// Ownership epoch of a device: counts its owners, starting at 1.
    Epoch(u32), "epoch-");
id!(
    /// A request of a camera or a phone, or a job that a gateway gave itself. 0 means neither.
    RequestId(u32), "request-");
id!(
    /// One call of the caching client. 0 means no call.
    CallId(u32), "call-");
id!(
    /// One command, as a cache server received it. 0 means no command.
    CommandId(u32), "command-");
id!(
    /// One connection of the simulated network.
    ConnId(u32), "conn-");
id!(
    /// A cache key. [`crate::Journal::key_name`] returns its text.
    KeyId(u32), "key-");

impl_id!(UserId);
impl_id!(DeviceId);
impl_id!(Serial);

/// An event of a camera: the device and the camera's sequence number. The camera assigns the
/// number, so an upload that is sent twice is recognized.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EventId {
    /// The device that the event belongs to.
    pub device: DeviceId,
    /// Sequence number, counted by the camera from 1.
    pub seq: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.device, self.seq)
    }
}

/// The kinds of node, with one kind each for all cameras and all phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NodeKind {
    /// A gateway.
    Gateway,
    /// A cache server.
    Cache,
    /// The directory's primary.
    Directory,
    /// The directory's replica.
    Replica,
    /// The media store.
    Media,
    /// All cameras.
    Cameras,
    /// All phones.
    Phones,
    /// The harness itself: faults, seeding, the end of the run.
    Harness,
}

/// A place in the world where entries are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId {
    /// The kind of node.
    pub kind: NodeKind,
    /// Index within the kind.
    pub index: u16,
}

impl NodeId {
    /// Returns the `index`-th node of a kind.
    pub const fn new(kind: NodeKind, index: u16) -> Self {
        Self { kind, index }
    }

    /// The harness itself.
    pub const HARNESS: Self = Self::new(NodeKind::Harness, 0);
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            NodeKind::Gateway => write!(f, "gateway-{}", self.index),
            NodeKind::Cache => write!(f, "cache-{}", self.index),
            NodeKind::Directory => f.write_str("directory"),
            NodeKind::Replica => f.write_str("replica"),
            NodeKind::Media => f.write_str("media"),
            NodeKind::Cameras => f.write_str("cameras"),
            NodeKind::Phones => f.write_str("phones"),
            NodeKind::Harness => f.write_str("harness"),
        }
    }
}

/// The originator of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Principal {
    /// A user, through a phone.
    User(UserId),
    /// A camera.
    Device(DeviceId),
    /// A gateway, for one of its background jobs.
    Gateway,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Device(device) => device.fmt(f),
            Self::Gateway => f.write_str("gateway"),
        }
    }
}
