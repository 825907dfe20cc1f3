//! The principal authenticated on each connection.

use crate::api::SessionId;
use crosswire_history::Principal;
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;

/// The sessions of one gateway. They die with its process.
#[derive(Default)]
pub(super) struct Sessions {
    principals: Mutex<BTreeMap<SessionId, Principal>>,
}

impl Sessions {
    pub(super) fn begin(&self, session: SessionId, principal: Principal) {
        self.principals.lock().insert(session, principal);
    }

    pub(super) fn principal(&self, session: SessionId) -> Option<Principal> {
        self.principals.lock().get(&session).copied()
    }

    /// Ends the session of a connection that is gone.
    pub(super) fn end(&self, session: SessionId) {
        self.principals.lock().remove(&session);
    }
}
