//! A client's connection to a gateway, and the one request that may be in flight on it.

use crosswire_cloud::SessionId;
use crosswire_history::{Op, RequestId, Serial, UserId, impl_id};

/// A reference to a client of the gateways within the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClientRef {
    Camera(Serial),
    /// The phone of a user; each user has one.
    Phone(UserId),
    OwnershipChange(ChangeId),
    /// The second request of a user's phone, on the phone's connection.
    Refresh(UserId),
    /// The dishonest side of a device, on a separate connection.
    Cheat(CheatId),
}

/// An ownership change of the plan, numbered from 0 in the plan's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChangeId(pub(crate) u32);

impl_id!(ChangeId);

/// The dishonest side of a device. Phones have even numbers and cameras odd ones, so leaving out a
/// device changes no other's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CheatId(pub(crate) u32);

impl_id!(CheatId);

/// A client's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    /// The session; 0 means not connected.
    pub(crate) id: u64,
    /// The request in flight; 0 means none.
    pub(crate) waiting: RequestId,
    /// Time at which it was sent.
    pub(crate) asked_ms: u32,
    /// Generation of the gateway's process that accepted the connection.
    pub(crate) life: u32,
    /// Number of rolls of the device's dice so far.
    pub(crate) rolls: u32,
    /// Counts state changes. An alarm that was set before a change is void.
    pub(crate) turn: u32,
    pub(crate) gateway: u16,
    pub(crate) op: Op,
    /// Number of failed attempts to connect in a row.
    pub(crate) failures: u8,
    /// Nothing gets through any more, and neither side has noticed.
    pub(crate) half_open: bool,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            id: 0,
            waiting: RequestId(0),
            asked_ms: 0,
            life: 0,
            rolls: 0,
            turn: 0,
            gateway: 0,
            op: Op::Connect,
            failures: 0,
            half_open: false,
        }
    }
}

impl Session {
    pub(crate) fn session_id(&self) -> SessionId {
        SessionId(self.id)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.id != 0
    }

    /// Reports whether a request is in flight.
    pub(crate) fn is_busy(&self) -> bool {
        self.waiting.0 != 0
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self) {
        self.id = 0;
        self.waiting = RequestId(0);
        self.half_open = false;
        self.turn += 1;
    }
}
