//! The server's state for one connection.

use bytes::Bytes;
use std::collections::BTreeSet;

/// The number of databases that SELECT can choose from, as in Redis' default configuration.
pub const DATABASES: usize = 16;

/// The server's state for one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The selected database, below [`DATABASES`].
    pub db: usize,
    /// The name that the client gave itself.
    pub name: Option<Bytes>,
    /// The number of the connection, as CLIENT ID and HELLO report it.
    pub id: u64,
    /// The version of RESP spoken: always 2.
    pub protocol: u8,
    /// The channels that it has subscribed to.
    pub channels: BTreeSet<Bytes>,
}

impl Session {
    /// Creates the state of a new connection; `id` must be unique on the server. Redis counts from
    /// 1 and never reuses a number.
    pub fn new(id: u64) -> Self {
        Self { db: 0, name: None, id, protocol: 2, channels: BTreeSet::new() }
    }

    /// Resets the state to that of a new connection with the same number.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.id);
    }
}
