//! Access changes: changes to who may see which camera's events.

use super::protocol::{Ask, Key};
use crosswire_history::{DeviceId, Intent, UserId};

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
    pub(crate) fn to_request(self, user: UserId, intent: Intent) -> (Key, Ask) {
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
