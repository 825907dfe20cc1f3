//! The lanes of a diagram, from the camera on the left to the directory on the right.

use super::{Lane, Role};
use crosswire_history::{
    ConnId, DeviceId, Entry, Fact, NodeId, NodeKind, Principal, RequestId, UserId,
};
use std::collections::BTreeMap;

/// A party. The order is that of the lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Party {
    Camera(DeviceId),
    Phone(UserId),
    WrongPhone(UserId),
    Gateway(u16),
    Connection(ConnId),
    Cache(u16),
    Directory,
    Replica,
    Media,
}

impl Party {
    fn lane(self) -> Lane {
        let (name, role) = match self {
            Self::Camera(device) => (device.to_string(), Role::Camera),
            Self::Phone(user) => (user.to_string(), Role::Phone),
            Self::WrongPhone(user) => (user.to_string(), Role::WrongPhone),
            Self::Gateway(index) => (format!("gateway-{index}"), Role::Gateway),
            Self::Connection(conn) => (conn.to_string(), Role::Connection),
            Self::Cache(index) => (format!("cache-{index}"), Role::Cache),
            Self::Directory => ("directory".to_owned(), Role::Directory),
            Self::Replica => ("replica".to_owned(), Role::Directory),
            Self::Media => ("media".to_owned(), Role::Other),
        };
        Lane { name, role }
    }

    /// Returns the party of a node; `None` for one that stands for many, or for the harness.
    pub(super) fn of_node(node: NodeId) -> Option<Self> {
        Some(match node.kind {
            NodeKind::Gateway => Self::Gateway(node.index),
            NodeKind::Cache => Self::Cache(node.index),
            NodeKind::Directory => Self::Directory,
            NodeKind::Replica => Self::Replica,
            NodeKind::Media => Self::Media,
            NodeKind::Cameras | NodeKind::Phones | NodeKind::Harness => return None,
        })
    }
}

/// Finds the parties of entries.
#[derive(Debug)]
pub(crate) struct Parties {
    /// The user who was shown something wrong.
    pub(super) wrong: Option<UserId>,
    senders: BTreeMap<RequestId, Principal>,
}

impl Parties {
    pub(crate) fn new<'a>(wrong: Option<UserId>, entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut senders = BTreeMap::new();
        for entry in entries {
            if let Fact::Issued { by, .. } | Fact::Arrived { by, .. } = entry.what {
                senders.entry(entry.request).or_insert(by);
            }
        }
        Self { wrong, senders }
    }

    /// Returns the sender of a request.
    pub(super) fn sender(&self, request: RequestId) -> Option<Principal> {
        self.senders.get(&request).copied()
    }

    pub(super) fn phone(&self, user: UserId) -> Party {
        if self.wrong == Some(user) { Party::WrongPhone(user) } else { Party::Phone(user) }
    }

    /// Returns the party that an entry happened at.
    pub(super) fn of(&self, entry: &Entry) -> Option<Party> {
        match entry.what {
            Fact::Delivered { user, .. } | Fact::Asked { user, .. } => Some(self.phone(user)),
            Fact::Captured { event, .. } | Fact::Acked { event } => {
                Some(Party::Camera(event.device))
            }
            Fact::Cloned { device, .. } => Some(Party::Camera(device)),
            Fact::Connected { conn, .. } | Fact::Disconnected { conn, .. } => {
                Some(Party::Connection(conn))
            }
            Fact::Issued { by, .. } => self.device(by),
            _ => match entry.node.kind {
                NodeKind::Phones | NodeKind::Cameras => self.device(self.sender(entry.request)?),
                _ => Party::of_node(entry.node),
            },
        }
    }

    /// Returns the name of the party that an entry happened at.
    #[cfg(feature = "page")]
    pub(crate) fn name(&self, entry: &Entry) -> Option<String> {
        self.of(entry).map(|party| party.lane().name)
    }

    fn device(&self, by: Principal) -> Option<Party> {
        match by {
            Principal::User(user) => Some(self.phone(user)),
            Principal::Device(device) => Some(Party::Camera(device)),
            Principal::Gateway => None,
        }
    }
}

/// The lanes of the parties that take part.
#[derive(Default)]
pub(super) struct Lanes(Vec<Party>);

impl Lanes {
    /// Puts parties into their order.
    pub(super) fn of(parties: impl IntoIterator<Item = Party>) -> Self {
        let mut lanes: Vec<_> = parties.into_iter().collect();
        lanes.sort_unstable();
        lanes.dedup();
        Self(lanes)
    }

    /// Returns the lane of a party.
    pub(super) fn index(&self, party: Party) -> Option<usize> {
        self.0.binary_search(&party).ok()
    }

    pub(super) fn all(&self) -> Vec<Lane> {
        self.0.iter().map(|party| party.lane()).collect()
    }
}
