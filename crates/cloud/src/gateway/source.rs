//! Where a relation comes from that the cache does not have.

use crate::directory::{AsOf, DirectoryClient, Role};
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
    /// A relation, and the directory's commit as of which it is so.
    ///
    /// # Errors
    /// The directory did not answer.
    async fn read(&self, relation: Relation) -> io::Result<AsOf<Entries>>;

    /// A relation has changed: what was begun before must not be taken for an answer after.
    fn changed(&self, _relation: Relation) {}
}

async fn ask(
    directory: &DirectoryClient,
    role: Role,
    relation: Relation,
) -> io::Result<AsOf<Entries>> {
    match relation {
        Relation::Cameras(user) => {
            let AsOf { it, commit } = directory.cameras_of(role, user).await?;
            let entries = it.into_iter().map(|(device, epoch)| (device.0, epoch)).collect();
            Ok(AsOf { it: entries, commit })
        }
        Relation::Viewers(device, epoch) => {
            let AsOf { it, commit } = directory.viewers_of(role, device, epoch).await?;
            let entries = it.into_iter().map(|user| (user.0, epoch)).collect();
            Ok(AsOf { it: entries, commit })
        }
    }
}

/// Right. Asks the directory's primary, each time.
pub(crate) struct Primary(DirectoryClient);

impl Primary {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self(around.directory.clone())
    }
}

#[async_trait]
impl Source for Primary {
    async fn read(&self, relation: Relation) -> io::Result<AsOf<Entries>> {
        ask(&self.0, Role::Primary, relation).await
    }
}

/// Mechanism 14, stale replica. Relations are read from the replica, to spare the primary; after
/// a change has taken the old entry out of the cache, a reader asks a replica that has not
/// applied it yet, and puts back who could see before. A database that is short of capacity wakes
/// it, for its replica falls behind by more than anybody has allowed for. Facebook's memcache
/// paper (NSDI 2013) tells of it, and of the remote markers that send such reads to the primary.
pub(crate) struct Replica(DirectoryClient);

impl Replica {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self(around.directory.clone())
    }
}

#[async_trait]
impl Source for Replica {
    async fn read(&self, relation: Relation) -> io::Result<AsOf<Entries>> {
        match ask(&self.0, Role::Replica, relation).await {
            Ok(read) => Ok(read),
            Err(_) => ask(&self.0, Role::Primary, relation).await,
        }
    }
}
