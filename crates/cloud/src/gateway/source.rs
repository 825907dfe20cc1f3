//! Where a relation comes from that the cache does not have.

use crate::directory::DirectoryClient;
use crate::service::Surroundings;
use async_trait::async_trait;
use crosswire_history::{DeviceId, Epoch, UserId};
use std::io;

/// A relation, by whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The cameras that a user may see.
    Cameras(UserId),
    /// The users who may see what a camera captured in an epoch.
    Viewers(DeviceId, Epoch),
}

/// What a relation consists of: numbers of cameras or of users, each with an epoch of the camera.
pub(crate) type Entries = Vec<(u32, Epoch)>;

/// Reads relations.
#[async_trait]
pub(crate) trait Source: Send + Sync {
    /// A relation as it is.
    ///
    /// # Errors
    /// The directory did not answer.
    async fn read(&self, relation: Relation) -> io::Result<Entries>;

    /// A relation has changed: what was begun before must not be taken for an answer after.
    fn changed(&self, _relation: Relation) {}
}

/// Right. Asks the directory's primary, each time.
pub(crate) struct Primary {
    directory: DirectoryClient,
}

impl Primary {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self { directory: around.directory.clone() }
    }
}

#[async_trait]
impl Source for Primary {
    async fn read(&self, relation: Relation) -> io::Result<Entries> {
        match relation {
            Relation::Cameras(user) => {
                let cameras = self.directory.cameras_of(user).await?;
                Ok(cameras.into_iter().map(|(device, epoch)| (device.0, epoch)).collect())
            }
            Relation::Viewers(device, epoch) => {
                let viewers = self.directory.viewers_of(device, epoch).await?;
                Ok(viewers.into_iter().map(|user| (user.0, epoch)).collect())
            }
        }
    }
}
