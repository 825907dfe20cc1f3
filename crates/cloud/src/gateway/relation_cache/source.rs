//! Sources of relations that are not in the cache.

use crate::deps::Deps;
use crate::directory::{AtCommit, DirectoryClient, Relation, Role};
use async_trait::async_trait;
use crosswire_history::Epoch;
use std::io;

/// The contents of a relation: ids of cameras or users, each with an epoch of the camera.
pub(crate) type Entries = Vec<(u32, Epoch)>;

/// A source of relations.
#[async_trait]
pub(crate) trait Source: Send + Sync {
    /// Reads a relation, with the directory commit as of which it is valid.
    ///
    /// # Errors
    /// If the directory did not answer.
    async fn read(&self, relation: Relation) -> io::Result<AtCommit<Entries>>;

    /// Reports that a relation has changed: a read that began before must not answer a request that
    /// comes after.
    fn changed(&self, _relation: Relation) {}
}

async fn ask(
    directory: &DirectoryClient,
    role: Role,
    relation: Relation,
) -> io::Result<AtCommit<Entries>> {
    match relation {
        Relation::Cameras(user) => {
            let AtCommit { value, commit } = directory.cameras_of(role, user).await?;
            let entries = value.into_iter().map(|(device, epoch)| (device.0, epoch)).collect();
            Ok(AtCommit { value: entries, commit })
        }
        Relation::Viewers(device, epoch) => {
            let AtCommit { value, commit } = directory.viewers_of(role, device, epoch).await?;
            let entries = value.into_iter().map(|user| (user.0, epoch)).collect();
            Ok(AtCommit { value: entries, commit })
        }
    }
}

/// Correct: asks the directory's primary every time.
pub(crate) struct Primary(DirectoryClient);

impl Primary {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self(deps.directory.clone())
    }
}

#[async_trait]
impl Source for Primary {
    async fn read(&self, relation: Relation) -> io::Result<AtCommit<Entries>> {
        ask(&self.0, Role::Primary, relation).await
    }
}

/// Mechanism 14, stale replica. Relations are read from the replica to spare the primary. After a
/// change has removed the old entry from the cache, a reader asks a replica that has not applied
/// the change yet, and puts the old viewers back. The trigger is a database short of capacity,
/// whose replica lags further than anyone allowed for. Facebook's memcache paper (NSDI 2013)
/// describes this and the remote markers that redirect such reads to the primary.
pub(crate) struct Replica(DirectoryClient);

impl Replica {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self(deps.directory.clone())
    }
}

#[async_trait]
impl Source for Replica {
    async fn read(&self, relation: Relation) -> io::Result<AtCommit<Entries>> {
        match ask(&self.0, Role::Replica, relation).await {
            Ok(read) => Ok(read),
            Err(_) => ask(&self.0, Role::Primary, relation).await,
        }
    }
}
