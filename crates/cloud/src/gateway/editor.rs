//! How changes of who may see what are brought to the directory.
//!
//! A request for a change may be under way more than once: its sender did not get the answer and
//! sends it again, while the first one waits in a queue or on a cut link. So each carries the
//! number of what its sender wants, and the directory makes it once, and not at all after a later
//! one about the same camera and person.

use crate::directory::{Ask, Changed, DirectoryClient, Key};
use crate::service::Surroundings;
use async_trait::async_trait;
use crosswire_history::{DeviceId, Intent, UserId};
use std::io;

/// A change of who may see what, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The owner lets a user watch.
    Share(DeviceId, UserId),
    /// The owner takes that back.
    Revoke(DeviceId, UserId),
    /// The owner hands a camera to another account.
    Transfer(DeviceId, UserId),
    /// A new owner claims a camera that was reset to factory state.
    Reclaim(DeviceId),
    /// The owner deletes a camera.
    Delete(DeviceId),
}

impl Edit {
    /// What is asked of the directory for it, and with which key.
    pub(super) fn by(self, user: UserId, intent: Intent) -> (Key, Ask) {
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

/// Makes changes.
#[async_trait]
pub(crate) trait Editor: Send + Sync {
    /// Commits a change that `user` asks for, by the number of what they want; nothing if it is
    /// not theirs to make, or if they have wanted something else since.
    ///
    /// # Errors
    /// The directory did not answer; the change may have been made all the same.
    async fn edit(&self, user: UserId, edit: Edit, intent: Intent) -> io::Result<Option<Changed>>;
}

/// Right. One transaction, asked for once and with its key: whoever wants the change asks again.
pub(crate) struct Once {
    directory: DirectoryClient,
}

impl Once {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self { directory: around.directory.clone() }
    }
}

#[async_trait]
impl Editor for Once {
    async fn edit(&self, user: UserId, edit: Edit, intent: Intent) -> io::Result<Option<Changed>> {
        let (key, ask) = edit.by(user, intent);
        self.directory.change_once(key, ask).await
    }
}
