//! The uses of what a client offers beyond the basic calls.
//!
//! | offer | use |
//! |---|---|
//! | multi-set | fills the entries that a multi-get missed |
//! | multi-delete | invalidates all relations of a change |
//! | get-and-touch | keeps an entry that is read alive, up to its declared life |
//! | negative entries | notes that a user may see no camera |
//! | expiry | shortens the life of an entry that lacks a new grant |
//! | counters | counts how often a camera was listed |
//! | invalidations | keeps copies of entries in the process; see `copies` |

use super::expiry_policy::ExpiryPolicy;
use super::fill_permit::{FillCondition, FillPermit};
use super::source::Entries;
use super::{RelationCache, codec};
use crate::directory::{AtCommit, Relation};
use crate::gateway::config::ServiceConfig;
use bytes::Bytes;
use crosswire_cache::{CacheError, Lookup, Offers, Write};
use crosswire_history::{DeviceId, Epoch};
use futures_util::future::join_all;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The part of its life that an entry gets when it is written, if reads extend it.
const FIRST_PART: u32 = 2;
/// The longest life of an entry that lacks a new grant: short, and long enough to spare the
/// directory a rush of readers.
const UNTIL_GRANTED: Duration = Duration::from_secs(1);
/// The part of the life of an entry that is left to one that lacks a new grant.
const SHORT_PART: u32 = 4;
/// The life of the count of a camera's listings.
const COUNTED_FOR: Duration = Duration::from_hours(24);

/// An entry that is to be filled.
pub(in crate::gateway) struct Fill {
    pub(in crate::gateway) relation: Relation,
    pub(in crate::gateway) permit: FillPermit,
    pub(in crate::gateway) read: AtCommit<Entries>,
}

/// Returns the offers that fit the way in which entries are protected. Leases, versions and the
/// change log compare an entry with what is known, and so read and write it in their own way.
pub(super) fn fitting(mut offers: Offers, config: &ServiceConfig, expiry: ExpiryPolicy) -> Offers {
    if config.defences.leases || expiry.writes_versions(config) {
        (offers.multi_set, offers.multi_delete, offers.expiry) = (false, false, false);
        (offers.get_and_touch, offers.negative_entries, offers.invalidations) =
            (false, false, false);
    }
    // A copy may outlive its entry, so the life of entries must leave room for that.
    offers.invalidations &= expiry.is_short();
    offers
}

/// Returns whether a relation may be empty. A camera has an owner, and hence a viewer.
pub(super) fn may_be_empty(relation: Relation) -> bool {
    matches!(relation, Relation::Cameras(_))
}

impl RelationCache {
    /// Looks up an entry that may be known to be empty: `None` if it is, or else what `get` finds.
    pub(super) async fn look_up(&self, key: &str) -> Result<Option<Option<Bytes>>, CacheError> {
        Ok(match self.cache.look_up(key).await? {
            Lookup::Absent => None,
            Lookup::Value(value) => Some(Some(value)),
            Lookup::Unknown => Some(None),
        })
    }

    /// Reads an entry and extends its life, but never beyond the life that the service declares.
    /// The end of an entry that another gateway wrote is not known, so it is only read.
    pub(super) async fn get_and_touch(
        &self,
        relation: Relation,
        key: &str,
    ) -> Result<Option<Bytes>, CacheError> {
        match self.deadlines.left_ms(relation, self.clock.now_ms()) {
            Some(left_ms) => {
                let life = self.first_life().min(Duration::from_millis(left_ms));
                self.cache.get_and_touch(key, life).await
            }
            None => self.cache.get(key).await,
        }
    }

    /// Returns the life of an entry when it is written.
    pub(super) fn first_life(&self) -> Duration {
        if self.offers.get_and_touch { self.life / FIRST_PART } else { self.life }
    }

    /// Notes that an entry was written by a call that began at `since_ms`.
    pub(super) fn filled(
        &self,
        relation: Relation,
        since_ms: u64,
        written: &Result<(), CacheError>,
    ) {
        if !self.offers.get_and_touch {
            return;
        }
        if written.is_ok() {
            let until_ms = since_ms + self.life.as_millis() as u64;
            self.deadlines.set(relation, self.clock.now_ms(), until_ms);
        } else {
            self.deadlines.forget(relation);
        }
    }

    /// Returns whether several entries are filled with one multi-set.
    pub(in crate::gateway) fn fills_together(&self) -> bool {
        self.offers.multi_set && !self.adds.load(Ordering::Relaxed)
    }

    /// Caches relations that were read with one multi-set. What fails is read again by the next
    /// reader.
    pub(in crate::gateway) async fn fill_all(&self, mut fills: Vec<Fill>) {
        fills.retain(|fill| matches!(fill.permit.condition, FillCondition::Always));
        fills.sort_by_key(|fill| fill.relation);
        fills.dedup_by_key(|fill| fill.relation);
        if fills.is_empty() {
            return;
        }
        let (since_ms, ttl) = (self.clock.now_ms(), self.first_life());
        let entries = fills.iter().map(|Fill { relation, read, .. }| {
            (codec::key(self.form, *relation), self.encode(*relation, read))
        });
        let entries: Vec<_> = entries.collect();
        let writes = entries.iter().map(|(key, text)| Write { key, value: text.as_bytes(), ttl });
        let written = self.cache.mset(&writes.collect::<Vec<_>>()).await;
        let mut results = written.unwrap_or_default().into_iter();
        for fill in &fills {
            let written = results.next().unwrap_or(Err(CacheError::Timeout));
            self.filled(fill.relation, since_ms, &written);
        }
    }

    /// Returns whether several relations are invalidated with one multi-delete.
    pub(in crate::gateway) fn deletes_together(&self) -> bool {
        self.offers.multi_delete
    }

    /// Invalidates relations that a change made outdated, with one multi-delete. A part that failed
    /// is tried once more by itself.
    pub(in crate::gateway) async fn invalidate_all(&self, relations: &[Relation]) {
        let keys: Vec<_> =
            relations.iter().map(|relation| codec::key(self.form, *relation)).collect();
        let deleted = self.cache.mdel(&keys).await.unwrap_or_default();
        for (at, key) in keys.iter().enumerate() {
            if !matches!(deleted.get(at), Some(Ok(()))) {
                let _ = self.cache.del(key).await;
            }
        }
    }

    /// Returns whether entries that only lack a grant have their lives shortened.
    pub(in crate::gateway) fn shortens(&self) -> bool {
        self.offers.expiry
    }

    /// Has an entry that lacks a new grant end soon. Deletes it if that fails.
    pub(in crate::gateway) async fn shorten(&self, relation: Relation) {
        let key = codec::key(self.form, relation);
        let life = UNTIL_GRANTED.min(self.first_life() / SHORT_PART);
        self.deadlines.forget(relation);
        if self.cache.expire(&key, life).await.is_err() {
            let _ = self.cache.del(&key).await;
        }
    }

    /// Counts that cameras are listed, and returns how often each was, where the client counts.
    /// The counts are for display only.
    pub(in crate::gateway) async fn listed(
        &self,
        cameras: &[(DeviceId, Epoch)],
    ) -> Vec<Option<u32>> {
        if !self.offers.counters {
            return Vec::new();
        }
        let counted = cameras.iter().map(|&(device, epoch)| async move {
            let key = codec::count_key(self.form, device, epoch);
            let count = self.cache.incr(&key, 1, COUNTED_FOR).await.ok()?;
            u32::try_from(count).ok()
        });
        join_all(counted).await
    }
}
