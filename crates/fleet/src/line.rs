//! A device's connection to a gateway, and the one request that may be under way on it.

use crosswire_cloud::SessionId;
use crosswire_history::{Op, RequestId};

/// Who in the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Camera(u32),
    Phone(u32),
    Errand(u32),
    /// The request that a phone sends beside its own, on the same connection.
    Refresh(u32),
}

/// A device's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The connection; 0 is none.
    pub(crate) session: u64,
    /// The request that is under way; 0 is none.
    pub(crate) waiting: RequestId,
    /// When it was sent.
    pub(crate) asked_ms: u32,
    /// The life of the gateway's process that the connection was made with.
    pub(crate) life: u32,
    /// Rolls of the device's dice so far.
    pub(crate) rolls: u32,
    /// Counts the device's states: an alarm set in an earlier one is void.
    pub(crate) turn: u32,
    pub(crate) gateway: u16,
    pub(crate) op: Op,
    /// Attempts to connect that failed in a row.
    pub(crate) failures: u8,
    /// Nothing gets through any more and nobody has noticed.
    pub(crate) half_open: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            session: 0,
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

impl Line {
    pub(crate) fn session(&self) -> SessionId {
        SessionId(self.session)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.session != 0
    }

    /// Whether something is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.waiting.0 != 0
    }

    /// Forgets the connection.
    pub(crate) fn close(&mut self) {
        self.session = 0;
        self.waiting = RequestId(0);
        self.half_open = false;
        self.turn += 1;
    }
}
