//! Access changes: changes to who may see which camera's events, and their commit to the directory.
//!
//! A request for a change may be in flight more than once: its sender received no answer and sends
//! it again while the first request waits in a queue or on a cut link. Each request therefore
//! carries the number of the user's intent; the directory makes the change once, and not at all
//! after a later change to the same camera and person.

pub(super) mod retrying;
pub(super) mod stepwise;

use crate::directory::{Ask, Changed, DirectoryClient, Key};
use crate::service::Deps;
use async_trait::async_trait;
use crosswire_history::{DeviceId, Intent, UserId};
use std::io;

/// An access change, as requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// The owner grants a user permission to watch.
    Share(DeviceId, UserId),
    /// The owner revokes a grant.
    Revoke(DeviceId, UserId),
    /// The owner transfers a camera to another account.
    Transfer(DeviceId, UserId),
    /// A new owner claims a camera that was reset to factory state.
    Reclaim(DeviceId),
    /// The owner deletes a camera.
    Delete(DeviceId),
}

impl AccessChange {
    /// Returns the directory request for this change, and its key.
    pub(super) fn to_request(self, user: UserId, intent: Intent) -> (Key, Ask) {
        let (device, about, ask) = match self {
            Self::Share(device, to) => (device, to, Ask::Share(user, device, to)),
            Self::Revoke(device, from) => (device, from, Ask::Revoke(user, device, from)),
            Self::Transfer(device, to) => (device, to, Ask::Transfer(Some(user), device, to)),
            Self::Reclaim(device) => (device, user, Ask::Transfer(None, device, user)),
            Self::Delete(device) => (device, user, Ask::Delete(user, device)),
        };
        (Key { device, user: about, intent }, ask)
    }
}

/// Commits access changes.
#[async_trait]
pub(crate) trait ChangeWriter: Send + Sync {
    /// Commits a change requested by `user` under the number of the user's intent. Returns `None`
    /// if the user is not entitled to make it, or has superseded it with a later intent.
    ///
    /// # Errors
    /// If the directory did not answer; the change may still have been made.
    async fn write(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>>;
}

/// Correct: one transaction, requested once and with its key. A client that needs the change asks
/// again.
pub(crate) struct Once {
    directory: DirectoryClient,
}

impl Once {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { directory: deps.directory.clone() }
    }
}

#[async_trait]
impl ChangeWriter for Once {
    async fn write(
        &self,
        user: UserId,
        change: AccessChange,
        intent: Intent,
    ) -> io::Result<Option<Changed>> {
        let (key, ask) = change.to_request(user, intent);
        self.directory.change_once(key, ask).await
    }
}
