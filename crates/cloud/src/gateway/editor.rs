//! How changes of who may see what are brought to the directory.

use crate::directory::{Changed, DirectoryClient};
use crate::service::Surroundings;
use async_trait::async_trait;
use crosswire_history::{DeviceId, UserId};
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

/// Makes changes.
#[async_trait]
pub(crate) trait Editor: Send + Sync {
    /// Commits a change that `user` asks for; nothing if it is not theirs to make.
    ///
    /// # Errors
    /// The directory did not answer; the change may have been made all the same.
    async fn edit(&self, user: UserId, edit: Edit) -> io::Result<Option<Changed>>;
}

/// Right. One transaction, asked for once: whoever wants the change asks again.
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
    async fn edit(&self, user: UserId, edit: Edit) -> io::Result<Option<Changed>> {
        let directory = &self.directory;
        match edit {
            Edit::Share(device, to) => directory.share(user, device, to).await,
            Edit::Revoke(device, from) => directory.revoke(user, device, from).await,
            Edit::Transfer(device, to) => directory.transfer(Some(user), device, to).await,
            Edit::Reclaim(device) => directory.transfer(None, device, user).await,
            Edit::Delete(device) => directory.delete(user, device).await,
        }
    }
}
