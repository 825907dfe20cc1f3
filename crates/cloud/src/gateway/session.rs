//! The principal authenticated on each connection.

use crate::api::SessionId;
use crosswire_history::Principal;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The sessions of one gateway. They die with its process.
#[derive(Default)]
pub(super) struct Sessions {
    principals: Mutex<BTreeMap<SessionId, Principal>>,
}

impl Sessions {
    pub(super) fn begin(&self, session: SessionId, principal: Principal) {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).insert(session, principal);
    }

    pub(super) fn principal(&self, session: SessionId) -> Option<Principal> {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).get(&session).copied()
    }

    /// Ends the session of a connection that is gone.
    pub(super) fn end(&self, session: SessionId) {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }
}
