//! Who and what takes part. All ids are plain numbers given out in order of first use, so a
//! run that is played again gives the same ones.

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
    /// An account; each has one phone.
    UserId(u32), "user-");
id!(
    /// A camera, as the service names it.
    DeviceId(u32), "camera-");
id!(
    /// The number that a camera's hardware proves, whatever identity it was flashed with. No two
    /// have the same.
    Serial(u32), "serial-");
id!(
    /// What a person wants, numbered in the order in which they wanted it: a request that is sent
    /// again for want of an answer carries the same number, and a change of mind a higher one.
    Intent(u32), "intent-");
id!(
    /// The how-manieth ownership of a device; the first is 1.
    Epoch(u32), "epoch-");
id!(
    /// Something a node does on behalf of somebody: a request of a camera or a phone, or a job
    /// that a gateway gave itself. 0 is nobody's.
    RequestId(u32), "request-");
id!(
    /// One call of the caching client. 0 is none.
    CallId(u32), "call-");
id!(
    /// One command, as a cache server received it. 0 is none.
    CommandId(u32), "command-");
id!(
    /// One connection of the simulated network.
    ConnId(u32), "conn-");
id!(
    /// A cache key; [`crate::Journal::key_name`] tells its text.
    KeyId(u32), "key-");

/// An event of a camera: the device and the number that the camera gave it. The camera makes
/// it, so an upload that is sent twice is known to be the same.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EventId {
    /// Whose.
    pub device: DeviceId,
    /// Which, counted by the camera from 1.
    pub seq: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.device, self.seq)
    }
}

/// The kinds of node, and the two crowds that stand for all cameras and all phones.
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

/// A place where things happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId {
    /// What it is.
    pub kind: NodeKind,
    /// Which of its kind.
    pub index: u16,
}

impl NodeId {
    /// The `index`-th of a kind.
    pub const fn new(kind: NodeKind, index: u16) -> Self {
        Self { kind, index }
    }

    /// The harness.
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

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Principal {
    /// A person, through a phone.
    User(UserId),
    /// A camera.
    Device(DeviceId),
    /// A gateway, for a job of its own.
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
