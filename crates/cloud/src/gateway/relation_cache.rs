//! The relations in the cache: their lifetime, their invalidation, and the permission to fill them.
//!
//! A reader that misses receives a [`FillPermit`] that states the condition under which it may fill
//! the entry. Without one of the two defences below there is no condition, and a slow reader may
//! write the state from before a change:
//! - with *leases*, only the first reader to miss may fill the entry, and a change revokes the
//!   lease, as in Facebook's memcache (NSDI 2013). A node that loses its memory also loses its
//!   leases;
//! - with *versions*, each entry carries the commit as of which it is valid. A change writes a
//!   fence with its commit, and a value older than an entry or a fence neither replaces it nor is
//!   used. A node that loses its memory loses its fences, and only the time to live remains.

pub(super) mod codec;
mod copies;
mod deadlines;
pub(super) mod expired;
pub(super) mod expiry_policy;
pub(super) mod feed;
pub(super) mod fill_permit;
pub(super) mod numbers;
pub(super) mod offered;
mod settings;
pub(super) mod single_flight;
pub(super) mod source;

use super::config::ServiceConfig;
use crate::clock::Clock;
use crate::deps::Deps;
use crate::directory::{AtCommit, Relation};
use bytes::Bytes;
use codec::{CachedValue, Form};
use copies::Copies;
use crosswire_cache::{CacheClient, CacheError, Offers, When};
use deadlines::Deadlines;
use expiry_policy::ExpiryPolicy;
use feed::Feed;
use fill_permit::{FillCondition, FillPermit, Found};
use source::Entries;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Lifetime of a lease whose holder does not return.
const LEASE: Duration = Duration::from_secs(2);
/// Minimum lifetime of a fence; by then no read that began before the change is still in progress.
const FENCE: Duration = Duration::from_secs(10);
/// Number of checks for the lease holder's result, and the delay before each.
const LEASE_CHECKS: u32 = 3;
const LEASE_CHECK_AFTER: Duration = Duration::from_millis(20);
/// Attempts to write a fence in the face of concurrent writes.
const FENCE_ATTEMPTS: u32 = 4;

/// The cached relations.
pub(super) struct RelationCache {
    cache: Arc<dyn CacheClient>,
    clock: Clock,
    form: Form,
    life: Duration,
    leases: bool,
    versions: bool,
    feed: Option<Feed>,
    /// Makes lease tokens unique across gateways: a token consists of the gateway's site, the time
    /// and a counter.
    site: u16,
    leases_taken: AtomicU64,
    /// If true, unconditional permits write only if the key is absent.
    adds: AtomicBool,
    /// The offers of the client that fit the way in which entries are protected.
    offers: Offers,
    deadlines: Deadlines,
    /// The copies in the process, if the client offers invalidations.
    copies: Option<Copies>,
}

impl RelationCache {
    pub(super) fn new(deps: &Deps, config: &ServiceConfig, expiry: ExpiryPolicy) -> Self {
        let offers = offered::fitting(deps.cache.offers(), config, expiry);
        let mut life = expiry.life(config);
        let mut copies = None;
        if offers.invalidations {
            copies = Some(Copies::new(deps.cache.clone(), deps.clock.clone(), life));
            // A copy may outlive its entry by so much.
            life -= copies::asked_every(life);
        }
        Self {
            cache: deps.cache.clone(),
            clock: deps.clock.clone(),
            form: config.form,
            life,
            leases: config.defences.leases,
            versions: expiry.writes_versions(config),
            feed: if expiry.follows() { Some(Feed::new(deps)) } else { None },
            site: deps.directory.from.0,
            leases_taken: AtomicU64::new(0),
            adds: AtomicBool::new(config.adds),
            offers,
            deadlines: Deadlines::default(),
            copies,
        }
    }

    /// Looks up a relation.
    pub(super) async fn find(&self, relation: Relation) -> Found {
        if !self.can_recognize_outdated().await {
            return Found::Miss(FillPermit::NONE);
        }
        let key = codec::key(self.form, relation);
        match &self.copies {
            Some(copies) => self.find_copied(copies, relation, &key).await,
            None => self.find_cached(relation, &key).await,
        }
    }

    /// Looks up a relation in the cache.
    async fn find_cached(&self, relation: Relation, key: &str) -> Found {
        let value = match relation {
            _ if self.offers.negative_entries && offered::may_be_empty(relation) => {
                match self.look_up(key).await {
                    Ok(None) => return Found::Hit(Entries::new()),
                    Ok(Some(value)) => Ok(value),
                    Err(error) => Err(error),
                }
            }
            _ if self.offers.get_and_touch => self.get_and_touch(relation, key).await,
            _ => self.cache.get(key).await,
        };
        self.found(relation, value).await
    }

    /// Looks up several relations with one multi-get.
    pub(super) async fn find_all(&self, relations: &[Relation]) -> Vec<Found> {
        if !self.can_recognize_outdated().await {
            return relations.iter().map(|_| Found::Miss(FillPermit::NONE)).collect();
        }
        let keys: Vec<_> =
            relations.iter().map(|relation| codec::key(self.form, *relation)).collect();
        match &self.copies {
            Some(copies) => self.find_all_copied(copies, relations, &keys).await,
            None => self.find_all_cached(relations, &keys).await,
        }
    }

    /// Looks up several relations in the cache.
    async fn find_all_cached(&self, relations: &[Relation], keys: &[String]) -> Vec<Found> {
        let mut found = Vec::with_capacity(relations.len());
        let values = self.cache.mget(keys).await;
        for (at, relation) in relations.iter().enumerate() {
            let value = values.as_ref().map(|values| values.get(at).cloned().flatten());
            found.push(self.found(*relation, value.map_err(Clone::clone)).await);
        }
        found
    }

    /// Returns true if outdated entries can be recognized; only a failure to read the change log
    /// prevents it.
    async fn can_recognize_outdated(&self) -> bool {
        match &self.feed {
            None => true,
            Some(feed) => feed.follow().await.is_ok(),
        }
    }

    async fn found(&self, relation: Relation, value: Result<Option<Bytes>, CacheError>) -> Found {
        let Ok(value) = value else { return Found::Miss(self.unconditional()) };
        match self.judge(relation, value.as_deref()) {
            Ok(entries) => Found::Hit(entries),
            Err(_) if self.leases => self.take_lease(relation, value).await,
            Err(_) if !self.versions => Found::Miss(self.unconditional()),
            Err(commit) => {
                let condition = value.map_or(FillCondition::IfAbsent, FillCondition::IfEquals);
                Found::Miss(FillPermit { condition, commit })
            }
        }
    }

    /// Returns the permit to use when the current value is unknown.
    fn unconditional(&self) -> FillPermit {
        if self.leases || self.versions {
            return FillPermit::NONE;
        }
        FillPermit { condition: FillCondition::Always, commit: 0 }
    }

    /// Returns the entries if they can be trusted, or else the commit that a replacement must not
    /// be older than.
    fn judge(&self, relation: Relation, value: Option<&[u8]>) -> Result<Entries, u64> {
        let changed = self.feed.as_ref().map_or(0, |feed| feed.changed(relation));
        match value.and_then(|value| codec::decode(self.form, relation, value)) {
            Some(CachedValue::Entries(entries, commit)) if commit >= changed => Ok(entries),
            Some(held) => Err(held.commit().max(changed)),
            None => Err(changed),
        }
    }

    /// Takes the lease if this reader is the first to miss. Other readers check again a few times,
    /// since the holder will be back shortly, and then read for themselves.
    async fn take_lease(&self, relation: Relation, mut value: Option<Bytes>) -> Found {
        let key = codec::key(self.form, relation);
        for _ in 0..LEASE_CHECKS {
            let commit = match self.judge(relation, value.as_deref()) {
                Ok(entries) => return Found::Hit(entries),
                Err(commit) => commit,
            };
            let held = value.as_deref();
            let held_lease = held.and_then(|held| codec::decode(self.form, relation, held));
            if !matches!(held_lease, Some(CachedValue::Lease(_))) {
                let lease = codec::lease(commit, &self.token());
                let when = held.map_or(When::Absent, When::Equals);
                match self.cache.set_if(&key, lease.as_bytes(), LEASE, when).await {
                    Ok(true) => {
                        let condition = FillCondition::IfEquals(Bytes::from(lease));
                        return Found::Miss(FillPermit { condition, commit });
                    }
                    Ok(false) => {}
                    Err(_) => return Found::Miss(FillPermit::NONE),
                }
            }
            self.clock.sleep(LEASE_CHECK_AFTER).await;
            let Ok(again) = self.cache.get(&key).await else {
                return Found::Miss(FillPermit::NONE);
            };
            value = again;
        }
        self.judge(relation, value.as_deref()).map_or(Found::Miss(FillPermit::NONE), Found::Hit)
    }

    fn token(&self) -> String {
        let number = self.leases_taken.fetch_add(1, Ordering::Relaxed);
        format!("{}-{}-{number}", self.site, self.clock.now_ms())
    }

    /// Caches a relation that was read, subject to the permit. If the write fails, the next reader
    /// reads again.
    pub(super) async fn fill(
        &self,
        relation: Relation,
        permit: FillPermit,
        read: &AtCommit<Entries>,
    ) {
        let key = codec::key(self.form, relation);
        let text = self.encode(relation, read);
        let value = text.as_bytes();
        let when = match &permit.condition {
            FillCondition::Never => return,
            FillCondition::Always if self.offers.negative_entries && read.value.is_empty() => {
                let _ = self.cache.set_absent(&key, self.life).await;
                return;
            }
            FillCondition::Always => return self.fill_unconditionally(relation, &key, value).await,
            FillCondition::IfAbsent => When::Absent,
            FillCondition::IfEquals(held) => When::Equals(held),
        };
        let _ = self.cache.set_if(&key, value, self.life, when).await;
    }

    /// Caches a relation unconditionally or, if the service adds, only if the key is absent. A
    /// client without conditional writes is asked once.
    async fn fill_unconditionally(&self, relation: Relation, key: &str, value: &[u8]) {
        let since_ms = self.clock.now_ms();
        if self.adds.load(Ordering::Relaxed) {
            match self.cache.set_if(key, value, self.life, When::Absent).await {
                Err(CacheError::Unsupported) => self.adds.store(false, Ordering::Relaxed),
                _ => return,
            }
        }
        let written = self.cache.set(key, value, self.first_life()).await;
        self.filled(relation, since_ms, &written);
    }

    /// Returns the value of an entry.
    fn encode(&self, relation: Relation, read: &AtCommit<Entries>) -> String {
        let commit = if self.versions { Some(read.commit) } else { None };
        codec::encode(self.form, relation, commit, &read.value)
    }

    /// Returns the cached entries of several relations with one multi-get. A missing or untrusted
    /// entry is `None`; the directory is not asked.
    pub(super) async fn peek_all(&self, relations: &[Relation]) -> Vec<Option<Entries>> {
        let keys = relations.iter().map(|relation| codec::key(self.form, *relation));
        let values = self.cache.mget(&keys.collect::<Vec<_>>()).await.unwrap_or_default();
        let said = relations.iter().enumerate().map(|(at, relation)| {
            let value = values.get(at).and_then(Option::as_deref);
            self.judge(*relation, value).ok()
        });
        said.collect()
    }

    /// Returns the cached entries of one relation; like [`Self::peek_all`], but with a single get.
    pub(super) async fn peek(&self, relation: Relation) -> Option<Entries> {
        let value = self.cache.get(&codec::key(self.form, relation)).await.ok()?;
        self.judge(relation, value.as_deref()).ok()
    }

    /// Invalidates a relation that was changed by a commit. If that fails, the old entry remains
    /// until it expires.
    pub(super) async fn invalidate(&self, relation: Relation, commit: u64) {
        let key = codec::key(self.form, relation);
        if !self.versions {
            let _ = self.cache.del(&key).await;
            return;
        }
        let fence = codec::fence(commit);
        for _ in 0..FENCE_ATTEMPTS {
            let Ok(value) = self.cache.get(&key).await else { break };
            let held = value.as_deref();
            let known = held.and_then(|held| codec::decode(self.form, relation, held));
            if known.is_some_and(|known| known.commit() >= commit) {
                return;
            }
            let when = held.map_or(When::Absent, When::Equals);
            let life = self.life.max(FENCE);
            match self.cache.set_if(&key, fence.as_bytes(), life, when).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(_) => break,
            }
        }
        // The cache is unreachable or the client has no conditional writes: delete, as without
        // versions.
        let _ = self.cache.del(&key).await;
    }
}

#[cfg(test)]
mod tests;
