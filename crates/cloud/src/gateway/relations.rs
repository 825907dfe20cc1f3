//! Permissions, read through the caching client: look in the cache first, then in the directory,
//! and cache the result.
//!
//! Two relations are cached, under keys that name their subject: the cameras of a user and the
//! viewers of a camera. Both are per *epoch*, the period in which a camera has one owner, so an
//! entry never mixes two owners. The only part that can be stale is a revoked grant;
//! [`Design::stale_ms`](super::Design) declares for how long.

use super::config::ServiceConfig;
use super::design::Design;
use super::relation_cache::RelationCache;
use super::relation_cache::feed::relations_of;
use super::relation_cache::fill_permit::{FillPermit, Found};
use super::relation_cache::offered::Fill;
use super::relation_cache::source::{Entries, Source};
use crate::deps::Deps;
use crate::directory::{Changed, Relation};
use crosswire_history::{DeviceId, Epoch, UserId};
use futures_util::future::join_all;
use std::io;
use std::sync::Arc;

pub(super) struct Relations {
    source: Arc<dyn Source>,
    /// `None` if relations are not cached.
    cached: Option<RelationCache>,
}

impl Relations {
    pub(super) fn new(deps: &Deps, config: &ServiceConfig, design: &Design) -> Self {
        let cached = if config.defences.bypass_relation_cache {
            None
        } else {
            Some(RelationCache::new(deps, config, design.expiry))
        };
        Self { source: (design.source)(deps), cached }
    }

    /// Returns the cameras that a user may see, with epochs.
    pub(super) async fn cameras_of(&self, user: UserId) -> io::Result<Vec<(DeviceId, Epoch)>> {
        let entries = self.entries(Relation::Cameras(user)).await?;
        Ok(entries.into_iter().map(|(id, epoch)| (DeviceId(id), epoch)).collect())
    }

    /// Returns the users who may see what a camera captured in an epoch.
    pub(super) async fn viewers_of(
        &self,
        device: DeviceId,
        epoch: Epoch,
    ) -> io::Result<Vec<UserId>> {
        Ok(users(self.entries(Relation::Viewers(device, epoch)).await?))
    }

    /// Returns the viewers of several cameras, with one multi-get.
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
        if let Some(cached) = &self.cached
            && cached.fills_together()
        {
            return self.read_together(cached, relations, found).await;
        }
        let mut viewers = Vec::with_capacity(cameras.len());
        for (relation, found) in relations.into_iter().zip(found) {
            viewers.push(self.found_or_read(relation, found).await.map(users));
        }
        viewers
    }

    /// Reads what was not found from the source, and caches it together.
    async fn read_together(
        &self,
        cached: &RelationCache,
        relations: Vec<Relation>,
        found: Vec<Option<Found>>,
    ) -> Vec<io::Result<Vec<UserId>>> {
        let (mut viewers, mut fills) = (Vec::with_capacity(relations.len()), Vec::new());
        for (relation, found) in relations.into_iter().zip(found) {
            let entries = match found {
                Some(Found::Hit(entries)) => Ok(entries),
                Some(Found::Miss(permit)) => match self.source.read(relation).await {
                    Ok(read) if permit.rejects(&read) => Err(io::ErrorKind::InvalidData.into()),
                    Ok(read) => {
                        let entries = read.value.clone();
                        fills.push(Fill { relation, permit, read });
                        Ok(entries)
                    }
                    Err(error) => Err(error),
                },
                None => self.read(relation, None).await,
            };
            viewers.push(entries.map(users));
        }
        cached.fill_all(fills).await;
        viewers
    }

    /// Counts that cameras are listed, and returns how often each was, where the client counts.
    pub(super) async fn listed(&self, cameras: &[(DeviceId, Epoch)]) -> Vec<Option<u32>> {
        match &self.cached {
            Some(cached) => cached.listed(cameras).await,
            None => Vec::new(),
        }
    }

    /// Returns the number of viewers of each camera, where the cache knows it. The counts are for
    /// display only; no permission depends on them.
    pub(super) async fn viewer_counts(&self, cameras: &[(DeviceId, Epoch)]) -> Vec<Option<u32>> {
        let Some(cached) = &self.cached else { return Vec::new() };
        if cameras.is_empty() {
            return Vec::new();
        }
        let relations = cameras.iter().map(|&(device, epoch)| Relation::Viewers(device, epoch));
        let said = cached.peek_all(&relations.collect::<Vec<_>>()).await;
        said.into_iter().map(|said| said.map(|viewers| viewers.len() as u32)).collect()
    }

    /// Returns the number of viewers for the camera of each line, where the cache knows it: one
    /// read per line, all concurrent, as in a page that renders each line independently.
    pub(super) async fn viewer_counts_by_line(
        &self,
        lines: &[(DeviceId, Epoch)],
    ) -> Vec<Option<u32>> {
        let Some(cached) = &self.cached else { return Vec::new() };
        if lines.is_empty() {
            return Vec::new();
        }
        let said = lines.iter().map(|&(device, epoch)| async move {
            let viewers = cached.peek(Relation::Viewers(device, epoch)).await?;
            Some(viewers.len() as u32)
        });
        join_all(said).await
    }

    /// Reads a relation from the cache, or else from the source.
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
            Some(Found::Miss(permit)) => self.read(relation, Some(permit)).await,
            None => self.read(relation, None).await,
        }
    }

    /// Reads a relation from the source and caches it.
    async fn read(&self, relation: Relation, permit: Option<FillPermit>) -> io::Result<Entries> {
        let read = self.source.read(relation).await?;
        if let (Some(cached), Some(permit)) = (&self.cached, permit) {
            if permit.rejects(&read) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            cached.fill(relation, permit, &read).await;
        }
        Ok(read.value)
    }

    /// Invalidates the relations that a change made outdated.
    pub(super) async fn invalidate(&self, changed: &Changed) {
        if let Some(cached) = &self.cached
            && cached.deletes_together()
        {
            let relations: Vec<_> = relations_of(changed).collect();
            for relation in &relations {
                self.source.changed(*relation);
            }
            return cached.invalidate_all(&relations).await;
        }
        for relation in relations_of(changed) {
            self.source.changed(relation);
            if let Some(cached) = &self.cached {
                cached.invalidate(relation, changed.commit).await;
            }
        }
    }
}

impl Relations {
    /// Invalidates the relations that a grant made incomplete. They do no harm meanwhile, so their
    /// lives are shortened if the client offers that.
    pub(super) async fn granted(&self, changed: &Changed) {
        match &self.cached {
            Some(cached) if cached.shortens() => {
                for relation in relations_of(changed) {
                    self.source.changed(relation);
                    cached.shorten(relation).await;
                }
            }
            _ => self.invalidate(changed).await,
        }
    }
}

fn users(entries: Vec<(u32, Epoch)>) -> Vec<UserId> {
    entries.into_iter().map(|(id, _)| UserId(id)).collect()
}
