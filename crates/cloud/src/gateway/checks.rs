//! Checks that the defences require just before data of an event is handed out.
//!
//! A check may withhold an event entirely or drop part of a response. A response without anything
//! to check passes unchanged.

use super::{Core, failed};
use crate::api::{Refusal, Response};
use crate::directory::Row;
use crate::owner_tag::{self, OwnerKey};
use bytes::Bytes;
use crosswire_history::{DeviceId, Epoch, EventId, UserId};
use std::collections::BTreeMap;
use std::io;

impl Core {
    /// Returns the rows that the user may see, without their owner tags.
    pub(super) async fn checked_rows(
        &self,
        user: UserId,
        rows: Vec<Row>,
    ) -> Result<Vec<Row>, Refusal> {
        let rows = self.untagged(user, rows).await.map_err(failed)?;
        let events: Vec<_> = rows.iter().map(|row| (row.event, row.epoch)).collect();
        let may = self.may_see(user, &events).await.map_err(failed)?;
        let rows = rows.into_iter().zip(may);
        Ok(rows.filter(|(_, may)| *may).map(|(row, _)| row).collect())
    }

    /// Returns a thumbnail or clip that the user may see, without its owner tag.
    pub(super) async fn checked_media(
        &self,
        user: UserId,
        event: EventId,
        bytes: Bytes,
    ) -> Result<Bytes, Refusal> {
        let bytes = self.untagged_media(user, event, bytes).await.map_err(failed)?;
        let bytes = bytes.ok_or(Refusal::Denied)?;
        let mut epoch = Epoch::default();
        if self.config.defences.verify_over_same_client {
            let found = self.deps.directory.epoch_of(event).await.map_err(failed)?;
            epoch = found.ok_or(Refusal::Denied)?;
        }
        let may = self.may_see(user, &[(event, epoch)]).await.map_err(failed)?;
        if may == [true] { Ok(bytes) } else { Err(Refusal::Denied) }
    }

    /// Returns the thumbnail to push for an event. Returns `None` if the user may not see the event
    /// and in case of any doubt, since the event remains in the Events tab.
    pub(super) async fn checked_push(
        &self,
        user: UserId,
        (event, epoch): (EventId, Epoch),
        thumbnail: Bytes,
    ) -> Option<Bytes> {
        let thumbnail = self.untagged_media(user, event, thumbnail).await.ok()??;
        let may = self.may_see(user, &[(event, epoch)]).await.ok()?;
        if may == [true] { Some(thumbnail) } else { None }
    }

    /// Decides for each event, given with its epoch, whether the user may see it, according to the
    /// defences that verify at delivery. Without such a defence every event is visible.
    async fn may_see(&self, user: UserId, events: &[(EventId, Epoch)]) -> io::Result<Vec<bool>> {
        let mut may = vec![true; events.len()];
        if events.is_empty() {
            return Ok(may);
        }
        if self.config.defences.verify_at_delivery {
            let ids = events.iter().map(|(event, _)| *event).collect();
            may = self.deps.directory.may_see(user, ids).await?;
        }
        if self.config.defences.verify_over_same_client {
            let mut known = BTreeMap::new();
            for (may, (event, epoch)) in may.iter_mut().zip(events) {
                let camera = (event.device, *epoch);
                let looked_up = match known.get(&camera) {
                    Some(among) => *among,
                    None => self.relations.viewers_of(camera.0, camera.1).await?.contains(&user),
                };
                known.insert(camera, looked_up);
                *may &= looked_up;
            }
        }
        Ok(may)
    }

    async fn untagged(&self, user: UserId, rows: Vec<Row>) -> io::Result<Vec<Row>> {
        if !self.config.defences.sealed_owner_tag || rows.is_empty() {
            return Ok(rows);
        }
        let opened = rows.into_iter().filter_map(|row| {
            let (caption, epoch) =
                owner_tag::open(self.config.signing_key, row.event, &row.caption)?;
            Some((Row { caption, ..row }, epoch))
        });
        let opened: Vec<_> = opened.collect();
        let cameras = opened.iter().map(|(row, epoch)| (row.event.device, *epoch)).collect();
        let may = self.deps.directory.may_watch(user, cameras).await?;
        let rows = opened.into_iter().zip(may);
        Ok(rows.filter(|(_, may)| *may).map(|((row, _), _)| row).collect())
    }

    async fn untagged_media(
        &self,
        user: UserId,
        event: EventId,
        bytes: Bytes,
    ) -> io::Result<Option<Bytes>> {
        if !self.config.defences.sealed_owner_tag {
            return Ok(Some(bytes));
        }
        let opened = owner_tag::open(self.config.signing_key, event, &bytes);
        let Some((bytes, epoch)) = opened else { return Ok(None) };
        let may = self.deps.directory.may_watch(user, vec![(event.device, epoch)]).await?;
        Ok(if may == [true] { Some(bytes) } else { None })
    }

    /// Answers a camera that has authenticated: with the keys of its epochs if it has to seal.
    pub(super) async fn enrolled(&self, device: DeviceId) -> Result<Response, Refusal> {
        if !self.config.defences.sealed_owner_tag {
            return Ok(Response::Done);
        }
        let epochs = self.deps.directory.epochs_of(device).await.map_err(failed)?;
        let keys = epochs.into_iter().map(|(epoch, since_ms)| {
            OwnerKey::new(self.config.signing_key, device, epoch, since_ms)
        });
        Ok(Response::Enrolled(keys.collect()))
    }

    /// Returns true if an upload is sealed for the epoch in which it was captured, or need not be
    /// sealed. An upload is not sealed for its epoch if the camera has a new owner and does not
    /// know yet.
    pub(super) async fn is_sealed(
        &self,
        event: EventId,
        captured_ms: u64,
        parts: [&Bytes; 3],
    ) -> Result<bool, Refusal> {
        if !self.config.defences.sealed_owner_tag {
            return Ok(true);
        }
        // Any claim before the capture was committed before the upload.
        let epochs = self.deps.directory.epochs_of(event.device).await.map_err(failed)?;
        let epoch = epochs.iter().rfind(|(_, since_ms)| *since_ms < captured_ms);
        let sealed = |bytes: &Bytes| {
            let opened = owner_tag::open(self.config.signing_key, event, bytes);
            opened.map(|(_, epoch)| epoch) == epoch.map(|(epoch, _)| *epoch)
        };
        Ok(parts.into_iter().all(sealed))
    }
}
