//! Who may see which camera, through the caching client: look there first, then in the
//! directory, and leave what was found for the next one.
//!
//! Two relations are kept, under names that say whose they are: the cameras of a user and the
//! viewers of a camera. Both are by *epoch*, the how-manieth ownership of a camera, so an entry
//! never speaks of two owners. What can be stale is a grant that was taken back: an entry lives
//! for [`ServiceConfig::cache_ttl_ms`] at most.

use super::source::{Entries, Relation, Source};
use crate::directory::Changed;
use crate::service::{ServiceConfig, Surroundings};
use crosswire_cache::CacheClient;
use crosswire_history::{DeviceId, Digest, Epoch, UserId};
use std::fmt::Write;
use std::hash::Hasher;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Whether a value of the wrong kind can pass for one of the right kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueTypes {
    /// A list of numbers, whatever they number.
    One,
    /// The list begins with what it is of.
    Mixed,
}

pub(super) struct Relations {
    cache: Arc<dyn CacheClient>,
    source: Arc<dyn Source>,
    ttl: Duration,
    value_types: ValueTypes,
    bypass: bool,
}

/// The relations by the name they have in the cache.
fn cameras_key(user: UserId) -> String {
    format!("usr:{}:cams", user.0)
}

/// See [`cameras_key`].
fn viewers_key(device: DeviceId, epoch: Epoch) -> String {
    format!("cam:{}:{}:acl", device.0, epoch.0)
}

fn key(relation: Relation) -> String {
    match relation {
        Relation::Cameras(user) => cameras_key(user),
        Relation::Viewers(device, epoch) => viewers_key(device, epoch),
    }
}

fn kind(relation: Relation) -> char {
    match relation {
        Relation::Cameras(_) => CAMERAS,
        Relation::Viewers(..) => VIEWERS,
    }
}

/// A relation as it is written in the cache: `id.epoch` for each, with the kind before it
/// if kinds are told apart.
fn encode(types: ValueTypes, kind: char, entries: &[(u32, Epoch)]) -> String {
    let mut text = String::with_capacity(1 + 8 * entries.len());
    if types == ValueTypes::Mixed {
        text.push(kind);
    }
    for (id, epoch) in entries {
        // Writing to a string does not fail.
        let _ = write!(text, "{id}.{} ", epoch.0);
    }
    text
}

fn decode(types: ValueTypes, kind: char, value: &[u8]) -> Option<Vec<(u32, Epoch)>> {
    let mut text = std::str::from_utf8(value).ok()?;
    if types == ValueTypes::Mixed {
        text = text.strip_prefix(kind)?;
    }
    text.split_ascii_whitespace()
        .map(|entry| {
            let (id, epoch) = entry.split_once('.')?;
            Some((id.parse().ok()?, Epoch(epoch.parse().ok()?)))
        })
        .collect()
}

/// The cameras of a user, by the name and in the form that they have in the cache: for a cache
/// that is warm when a run begins.
pub fn warm_cameras(
    types: ValueTypes,
    user: UserId,
    cameras: &[(DeviceId, Epoch)],
) -> (String, String) {
    let entries: Vec<_> = cameras.iter().map(|(device, epoch)| (device.0, *epoch)).collect();
    (cameras_key(user), encode(types, CAMERAS, &entries))
}

/// The viewers of a camera. See [`warm_cameras`].
pub fn warm_viewers(
    types: ValueTypes,
    (device, epoch): (DeviceId, Epoch),
    viewers: &[UserId],
) -> (String, String) {
    let entries: Vec<_> = viewers.iter().map(|user| (user.0, epoch)).collect();
    (viewers_key(device, epoch), encode(types, VIEWERS, &entries))
}

/// The relation that has this name in the cache, if one has.
pub fn relation_of(name: &str) -> Option<Relation> {
    if let Some(user) = name.strip_prefix("usr:") {
        let user = user.strip_suffix(":cams")?.parse().ok()?;
        return Some(Relation::Cameras(UserId(user)));
    }
    let (device, epoch) = name.strip_prefix("cam:")?.strip_suffix(":acl")?.split_once(':')?;
    Some(Relation::Viewers(DeviceId(device.parse().ok()?), Epoch(epoch.parse().ok()?)))
}

/// The name that a relation has in the cache.
pub fn relation_key(relation: Relation) -> String {
    key(relation)
}

/// What a value in the cache says of a relation: numbers of cameras or of users, each with an
/// epoch of the camera. Nothing if it is written in another form.
pub fn relation_entries(
    types: ValueTypes,
    relation: Relation,
    value: &[u8],
) -> Option<Vec<(u32, Epoch)>> {
    decode(types, kind(relation), value)
}

/// A number that changes when the set of cameras does.
pub(super) fn fingerprint(cameras: &[(DeviceId, Epoch)]) -> u64 {
    let mut digest = Digest::default();
    for (device, epoch) in cameras {
        digest.write_u32(device.0);
        digest.write_u32(epoch.0);
    }
    digest.finish()
}

const CAMERAS: char = 'c';
const VIEWERS: char = 'v';

impl Relations {
    pub(super) fn new(around: &Surroundings, config: &ServiceConfig) -> Self {
        Self {
            cache: around.cache.clone(),
            source: (config.design.source)(around),
            ttl: Duration::from_millis(config.cache_ttl_ms),
            value_types: config.value_types,
            bypass: config.defences.bypass_relation_cache,
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
        let mut found = vec![None; cameras.len()];
        if !self.bypass {
            let keys: Vec<_> = cameras.iter().map(|(d, e)| viewers_key(*d, *e)).collect();
            if let Ok(values) = self.cache.mget(&keys).await {
                let decoded =
                    values.into_iter().map(|value| decode(self.value_types, VIEWERS, &value?));
                found = decoded.collect();
            }
        }
        let mut viewers = Vec::with_capacity(cameras.len());
        for (&(device, epoch), entries) in cameras.iter().zip(found) {
            viewers.push(match entries {
                Some(entries) => Ok(users(entries)),
                None => self.read(Relation::Viewers(device, epoch)).await.map(users),
            });
        }
        viewers
    }

    /// From the cache, or else from the source.
    async fn entries(&self, relation: Relation) -> io::Result<Entries> {
        match self.look_up(relation).await {
            Some(entries) => Ok(entries),
            None => self.read(relation).await,
        }
    }

    /// From the source, and into the cache.
    async fn read(&self, relation: Relation) -> io::Result<Entries> {
        let entries = self.source.read(relation).await?;
        self.leave(relation, &entries).await;
        Ok(entries)
    }

    /// What the cache has; nothing on any doubt, for the directory knows.
    async fn look_up(&self, relation: Relation) -> Option<Entries> {
        if self.bypass {
            return None;
        }
        let value = self.cache.get(&key(relation)).await.ok()??;
        decode(self.value_types, kind(relation), &value)
    }

    /// Leaves a relation in the cache. If that fails, the next one asks the directory again.
    async fn leave(&self, relation: Relation, entries: &[(u32, Epoch)]) {
        if !self.bypass {
            let value = encode(self.value_types, kind(relation), entries);
            let _ = self.cache.set(&key(relation), value.as_bytes(), self.ttl).await;
        }
    }

    /// Has the cache forget what a change made untrue. If that fails, the entries end with
    /// their time to live.
    pub(super) async fn forget(&self, changed: &Changed) {
        let viewers =
            changed.epochs.iter().map(|(device, epoch)| Relation::Viewers(*device, *epoch));
        let cameras = changed.users.iter().map(|user| Relation::Cameras(*user));
        for relation in viewers.chain(cameras) {
            self.source.changed(relation);
            if !self.bypass {
                let _ = self.cache.del(&key(relation)).await;
            }
        }
    }
}

fn users(entries: Vec<(u32, Epoch)>) -> Vec<UserId> {
    entries.into_iter().map(|(id, _)| UserId(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in prop::collection::vec(any::<(u32, u32)>(), 0..9)) {
            let entries: Vec<_> = entries.into_iter().map(|(id, epoch)| (id, Epoch(epoch))).collect();
            for types in [ValueTypes::One, ValueTypes::Mixed] {
                let text = encode(types, CAMERAS, &entries);
                prop_assert_eq!(decode(types, CAMERAS, text.as_bytes()), Some(entries.clone()));
            }
        }
    }

    #[test]
    fn a_name_tells_the_relation() {
        for relation in [Relation::Cameras(UserId(7)), Relation::Viewers(DeviceId(4), Epoch(2))] {
            assert_eq!(relation_of(&key(relation)), Some(relation));
        }
        for other in ["usr:7", "usr:x:cams", "cam:4:acl", "cam:4:2:acl:7", "v2:usr:7:cams", ""] {
            assert_eq!(relation_of(other), None, "{other}");
        }
    }

    #[test]
    fn only_mixed_types_tell_kinds_apart() {
        let viewers = |types| encode(types, VIEWERS, &[(7, Epoch(1))]);
        let one = decode(ValueTypes::One, CAMERAS, viewers(ValueTypes::One).as_bytes());
        assert_eq!(one, Some(vec![(7, Epoch(1))]));
        assert_eq!(decode(ValueTypes::Mixed, CAMERAS, viewers(ValueTypes::Mixed).as_bytes()), None);
    }
}
