//! Copies of entries in the gateway's process, for clients that offer invalidations: a copy is used
//! as long as the client has not named its key.
//!
//! An entry that was read from the cache is copied. Before a copy is used, the client is asked
//! which keys have changed, unless it was a short while ago; so a copy outlives its entry by that
//! while at most, which the lives of entries allow for. A read that was under way when its key
//! changed may have brought the older entry and is not copied.

use super::RelationCache;
use super::fill_permit::Found;
use super::source::Entries;
use crate::clock::Clock;
use crate::directory::Relation;
use crosswire_cache::{CacheClient, Changes};
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The longest time for which a copy is used without asking.
const ASKED_EVERY: Duration = Duration::from_millis(500);
/// The part of the life of an entry that this time is at most.
const PART_OF_LIFE: u32 = 4;
/// The number of copies beyond which all are dropped.
const MANY: usize = 4_096;

/// The copies of one gateway.
pub(super) struct Copies {
    cache: Arc<dyn CacheClient>,
    clock: Clock,
    asked_every_ms: u64,
    kept: Mutex<Kept>,
    /// Only one reader asks at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    /// When the client was last asked, and whether it answered; an answer covers all changes
    /// before.
    asked: Option<(u64, bool)>,
    copies: BTreeMap<String, Entries>,
    /// The keys of reads under way, by number. A read is struck off when its key changes.
    reading: BTreeMap<u64, String>,
    reads: u64,
}

impl Kept {
    fn learn(&mut self, changes: Changes) {
        match changes {
            Changes::Any => {
                self.copies.clear();
                self.reading.clear();
            }
            Changes::Keys(keys) => {
                for key in keys {
                    self.copies.remove(&key);
                    self.reading.retain(|_, read| *read != key);
                }
            }
        }
    }
}

/// Returns for how long a copy may be used without asking, if entries live for `life`.
pub(super) fn asked_every(life: Duration) -> Duration {
    ASKED_EVERY.min(life / PART_OF_LIFE)
}

impl Copies {
    /// Creates no copies. Entries are declared to live for `life`.
    pub(super) fn new(cache: Arc<dyn CacheClient>, clock: Clock, life: Duration) -> Self {
        let asked_every_ms = asked_every(life).as_millis() as u64;
        Self {
            cache,
            clock,
            asked_every_ms,
            kept: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Returns whether the client answered, if it was asked lately.
    fn lately(&self) -> Option<bool> {
        let (asked_ms, answered) = self.kept.lock().asked?;
        let is_late = self.clock.now_ms() >= asked_ms + self.asked_every_ms;
        if is_late { None } else { Some(answered) }
    }

    /// Asks the client which keys have changed, unless it was asked lately. Returns whether the
    /// copies may be used. A client that cannot answer is left alone for as long.
    async fn ask(&self) -> bool {
        if let Some(answered) = self.lately() {
            return answered;
        }
        let _turn = self.turn.lock().await;
        if let Some(answered) = self.lately() {
            return answered;
        }
        let asked_ms = self.clock.now_ms();
        let changes = self.cache.changes().await;
        let mut kept = self.kept.lock();
        let answered = changes.is_ok();
        // The copies stay after a failure: the next answer covers the time before it, too.
        if let Ok(changes) = changes {
            kept.learn(changes);
        }
        let since_ms = if answered { asked_ms } else { self.clock.now_ms() };
        kept.asked = Some((since_ms, answered));
        answered
    }

    /// Returns the copy of an entry, if there is one and the entry has not changed.
    async fn find(&self, key: &str) -> Option<Entries> {
        if !self.kept.lock().copies.contains_key(key) || !self.ask().await {
            return None;
        }
        self.kept.lock().copies.get(key).cloned()
    }

    /// Notes that an entry is about to be read.
    fn reads(&self, key: &str) -> Reading<'_> {
        let mut kept = self.kept.lock();
        kept.reads += 1;
        let number = kept.reads;
        kept.reading.insert(number, key.to_owned());
        Reading { copies: self, number }
    }
}

/// A read under way. Dropping it makes no copy.
struct Reading<'c> {
    copies: &'c Copies,
    number: u64,
}

impl Reading<'_> {
    /// Copies what was found, unless the entry has changed meanwhile. That there is nothing is not
    /// copied: a client may note it elsewhere.
    fn copies_hit(self, found: &Found) {
        let Found::Hit(entries) = found else { return };
        if entries.is_empty() {
            return;
        }
        let mut kept = self.copies.kept.lock();
        let Some(key) = kept.reading.remove(&self.number) else { return };
        if kept.copies.len() >= MANY {
            kept.copies.clear();
        }
        kept.copies.insert(key, entries.clone());
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.copies.kept.lock().reading.remove(&self.number);
    }
}

impl RelationCache {
    /// Looks up a relation among the copies, and then in the cache.
    pub(super) async fn find_copied(
        &self,
        copies: &Copies,
        relation: Relation,
        key: &str,
    ) -> Found {
        if let Some(entries) = copies.find(key).await {
            return Found::Hit(entries);
        }
        let reading = copies.reads(key);
        let found = self.find_cached(relation, key).await;
        reading.copies_hit(&found);
        found
    }

    /// Looks up several relations among the copies, and the others with one multi-get.
    pub(super) async fn find_all_copied(
        &self,
        copies: &Copies,
        relations: &[Relation],
        keys: &[String],
    ) -> Vec<Found> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(copies.find(key).await);
        }
        let missing: Vec<_> = (0..keys.len()).filter(|at| found[*at].is_none()).collect();
        let wanted: Vec<_> = missing.iter().map(|at| relations[*at]).collect();
        let named: Vec<_> = missing.iter().map(|at| keys[*at].clone()).collect();
        let readings: Vec<_> = named.iter().map(|key| copies.reads(key)).collect();
        let mut read = Vec::new();
        if !missing.is_empty() {
            read = self.find_all_cached(&wanted, &named).await;
        }
        for (reading, found) in readings.into_iter().zip(&read) {
            reading.copies_hit(found);
        }
        let mut read = read.into_iter();
        let found = found.into_iter().map(|copy| match copy {
            Some(entries) => Found::Hit(entries),
            None => read.next().expect("a multi-get has an answer for each key"),
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests;
