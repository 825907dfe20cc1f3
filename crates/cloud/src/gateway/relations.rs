//! Who may see which camera, through the caching client: look there first, then in the
//! directory, and leave what was found for the next one.
//!
//! Two relations are kept, under names that say whose they are: the cameras of a user and the
//! viewers of a camera. Both are by *epoch*, the how-manieth ownership of a camera, so an entry
//! never speaks of two owners. What can be stale is a grant that was taken back: for how long is
//! declared in [`Design::stale_ms`](super::Design).

use super::feed::relations_of;
use super::shelf::Shelf;
use super::source::{Entries, Relation, Source};
use super::ticket::{Found, Ticket};
use crate::directory::Changed;
use crate::service::{ServiceConfig, Surroundings};
use crosswire_history::{DeviceId, Epoch, UserId};
use futures_util::future::join_all;
use std::io;
use std::sync::Arc;

pub(super) struct Relations {
    source: Arc<dyn Source>,
    /// Nothing if relations are not kept in the cache.
    cached: Option<Shelf>,
}

impl Relations {
    pub(super) fn new(around: &Surroundings, config: &ServiceConfig) -> Self {
        let kept = !config.defences.bypass_relation_cache;
        Self {
            source: (config.design.source)(around),
            cached: kept.then(|| Shelf::new(around, config)),
        }
    }

    /// The cameras that a user may see, by epoch.
    pub(super) async fn cameras_of(&self, user: UserId) -> io::Result<Vec<(DeviceId, Epoch)>> {
        let entries = self.entries(Relation::Cameras(user)).await?;
        Ok(entries.into_iter().map(|(id, epoch)| (DeviceId(id), epoch)).collect())
    }

    /// The users who may see what a camera captured in an epoch.
    pub(super) async fn viewers_of(
        &self,
        device: DeviceId,
        epoch: Epoch,
    ) -> io::Result<Vec<UserId>> {
        Ok(users(self.entries(Relation::Viewers(device, epoch)).await?))
    }

    /// The same for several cameras, with one multi-get.
    pub(super) async fn viewers_of_all(
        &self,
        cameras: &[(DeviceId, Epoch)],
    ) -> Vec<io::Result<Vec<UserId>>> {
        let relations: Vec<_> =
            cameras.iter().map(|&(device, epoch)| Relation::Viewers(device, epoch)).collect();
        let found = match &self.cached {
            Some(cached) => cached.find_all(&relations).await.into_iter().map(Some).collect(),
            None => relations.iter().map(|_| None).collect::<Vec<_>>(),
        };
        let mut viewers = Vec::with_capacity(cameras.len());
        for (relation, found) in relations.into_iter().zip(found) {
            viewers.push(self.found_or_read(relation, found).await.map(users));
        }
        viewers
    }

    /// How many may watch each of these cameras, where the cache says so. It is for people to look
    /// at, and nothing is allowed because of it.
    pub(super) async fn viewer_counts(&self, cameras: &[(DeviceId, Epoch)]) -> Vec<Option<u32>> {
        let Some(cached) = self.cached.as_ref().filter(|_| !cameras.is_empty()) else {
            return Vec::new();
        };
        let relations = cameras.iter().map(|&(device, epoch)| Relation::Viewers(device, epoch));
        let said = cached.glance(&relations.collect::<Vec<_>>()).await;
        said.into_iter().map(|said| said.map(|viewers| viewers.len() as u32)).collect()
    }

    /// How many may watch the cameras of these lines, where the cache says so: one read for each line,
    /// all side by side, as of a page whose lines are worked out each by itself.
    pub(super) async fn viewer_counts_by_line(
        &self,
        lines: &[(DeviceId, Epoch)],
    ) -> Vec<Option<u32>> {
        let Some(cached) = self.cached.as_ref().filter(|_| !lines.is_empty()) else {
            return Vec::new();
        };
        let said = lines.iter().map(|&(device, epoch)| async move {
            let viewers = cached.glance_at(Relation::Viewers(device, epoch)).await?;
            Some(viewers.len() as u32)
        });
        join_all(said).await
    }

    /// From the cache, or else from the source.
    async fn entries(&self, relation: Relation) -> io::Result<Entries> {
        let found = match &self.cached {
            Some(cached) => Some(cached.find(relation).await),
            None => None,
        };
        self.found_or_read(relation, found).await
    }

    async fn found_or_read(&self, relation: Relation, found: Option<Found>) -> io::Result<Entries> {
        match found {
            Some(Found::Hit(entries)) => Ok(entries),
            Some(Found::Miss(ticket)) => self.read(relation, Some(ticket)).await,
            None => self.read(relation, None).await,
        }
    }

    /// From the source, and into the cache.
    async fn read(&self, relation: Relation, ticket: Option<Ticket>) -> io::Result<Entries> {
        let read = self.source.read(relation).await?;
        if let (Some(cached), Some(ticket)) = (&self.cached, ticket) {
            if ticket.rules_out(&read) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            cached.leave(relation, ticket, &read).await;
        }
        Ok(read.it)
    }

    /// Has the cache forget what a change made untrue.
    pub(super) async fn forget(&self, changed: &Changed) {
        for relation in relations_of(changed) {
            self.source.changed(relation);
            if let Some(cached) = &self.cached {
                cached.forget(relation, changed.commit).await;
            }
        }
    }
}

fn users(entries: Vec<(u32, Epoch)>) -> Vec<UserId> {
    entries.into_iter().map(|(id, _)| UserId(id)).collect()
}
