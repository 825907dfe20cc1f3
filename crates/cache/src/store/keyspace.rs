//! Sixteen databases of byte strings that expire, under one limit on keys.
//!
//! The entries live in one slab, linked from the most to the least recently used. Keys are found
//! through one hash map per database, which is never iterated, so its order cannot show.
//!
//! While changes are noted, each change of an entry notes the entry's key: a write, a new expiry, a
//! removal for whatever reason.

use super::DATABASES;
use std::collections::BTreeSet;
use std::{hash::BuildHasherDefault, sync::Arc};

#[expect(clippy::disallowed_types, reason = "a fixed hasher, and never iterated")]
type Index =
    std::collections::HashMap<Arc<[u8]>, u32, BuildHasherDefault<std::hash::DefaultHasher>>;

/// No entry: the end of the list.
const NONE: u32 = u32::MAX;
/// Entries that the sweep visits for each part of a command. A SET has three parts and adds one
/// entry, so the sweep overtakes expiry and garbage stays a fraction of the live entries.
const SWEEP_PER_PART: usize = 2;

/// The position of an entry, valid until the next change of the keyspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(u32);

#[derive(Debug)]
struct Entry {
    db: usize,
    key: Arc<[u8]>,
    value: Vec<u8>,
    expires_at_ms: Option<i64>,
    newer: u32,
    older: u32,
    live: bool,
}

/// The entries of all databases.
#[derive(Debug)]
pub struct Keyspace {
    databases: [Index; DATABASES],
    entries: Vec<Entry>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
    swept_to: usize,
    max_keys: usize,
    /// The keys that were changed since they were last taken; `None` while
    /// no connection tracks changes.
    changed: Option<BTreeSet<Arc<[u8]>>>,
}

impl Keyspace {
    /// Creates an empty keyspace for at most `max_keys` keys; 0 means no limit.
    pub fn new(max_keys: usize) -> Self {
        Self {
            databases: Default::default(),
            entries: Vec::new(),
            free: Vec::new(),
            newest: NONE,
            oldest: NONE,
            swept_to: 0,
            max_keys,
            changed: None,
        }
    }

    /// Notes the keys that are changed from now on, or stops that.
    pub fn note_changes(&mut self, on: bool) {
        match (on, &self.changed) {
            (true, None) => self.changed = Some(BTreeSet::new()),
            (false, Some(_)) => self.changed = None,
            _ => {}
        }
    }

    /// Takes the keys that were changed since the last call.
    pub fn take_changes(&mut self) -> BTreeSet<Arc<[u8]>> {
        self.changed.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Notes that an entry is changed.
    #[inline]
    fn changes(&mut self, at: u32) {
        if let Some(changed) = &mut self.changed {
            changed.insert(Arc::clone(&self.entries[at as usize].key));
        }
    }

    /// Drops every entry that has expired.
    pub fn expire_all(&mut self, now_ms: i64) {
        self.remove_where(|entry| entry.expires_at_ms.is_some_and(|at_ms| now_ms > at_ms));
    }

    /// Returns the limit on keys; 0 means no limit.
    pub fn max_keys(&self) -> usize {
        self.max_keys
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        let changed = self.changed.as_ref().map(|_| BTreeSet::new());
        *self = Self { changed, ..Self::new(self.max_keys) };
    }

    /// Counts the keys in all databases, including expired ones that were not visited yet.
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Finds a key without counting that as a use. Drops an expired key.
    pub fn peek(&mut self, now_ms: i64, db: usize, key: &[u8]) -> Option<Place> {
        let at = *self.databases[db].get(key)?;
        if self.has_expired(at, now_ms) {
            self.remove(Place(at));
            return None;
        }
        Some(Place(at))
    }

    /// Finds a key and makes it the most recently used.
    pub fn touch(&mut self, now_ms: i64, db: usize, key: &[u8]) -> Option<Place> {
        let place = self.peek(now_ms, db, key)?;
        if self.newest != place.0 {
            self.unlink(place.0);
            self.link(place.0);
        }
        Some(place)
    }

    /// Adds a key that is absent and does not expire. Returns its position and whether another key
    /// was evicted.
    pub fn insert(&mut self, db: usize, key: &[u8], value: &[u8]) -> (Place, bool) {
        let full = self.max_keys > 0 && self.len() >= self.max_keys;
        if full {
            self.remove(Place(self.oldest));
        }
        let key: Arc<[u8]> = key.into();
        let entry = Entry {
            db,
            key: Arc::clone(&key),
            // A copy: a slice of the read buffer would keep the whole buffer alive.
            value: value.to_vec(),
            expires_at_ms: None,
            newer: NONE,
            older: NONE,
            live: true,
        };
        let at = if let Some(at) = self.free.pop() {
            self.entries[at as usize] = entry;
            at
        } else {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        };
        self.link(at);
        self.changes(at);
        self.databases[db].insert(key, at);
        (Place(at), full)
    }

    /// Drops an entry.
    pub fn remove(&mut self, place: Place) {
        self.changes(place.0);
        self.unlink(place.0);
        let entry = &mut self.entries[place.0 as usize];
        debug_assert!(entry.live, "an entry is removed once");
        entry.live = false;
        entry.value = Vec::new();
        let key = std::mem::take(&mut entry.key);
        self.databases[entry.db].remove(&key);
        self.free.push(place.0);
    }

    /// Returns an entry's value.
    pub fn value(&self, place: Place) -> &[u8] {
        &self.entries[place.0 as usize].value
    }

    /// Returns an entry's value for modification.
    pub fn value_mut(&mut self, place: Place) -> &mut Vec<u8> {
        self.changes(place.0);
        &mut self.entries[place.0 as usize].value
    }

    /// Returns the last millisecond at which the key still exists, or `None` if it does not expire.
    pub fn expires_at_ms(&self, place: Place) -> Option<i64> {
        self.entries[place.0 as usize].expires_at_ms
    }

    /// Sets the last millisecond at which the key still exists.
    pub fn set_expiry(&mut self, place: Place, at_ms: Option<i64>) {
        let before = std::mem::replace(&mut self.entries[place.0 as usize].expires_at_ms, at_ms);
        if before.or(at_ms).is_some() {
            self.changes(place.0);
        }
    }

    /// Visits the next few entries and drops expired ones: keys that are never read again must not
    /// stay forever. `parts` is the size of the command that pays for the sweep.
    pub fn sweep(&mut self, now_ms: i64, parts: usize) {
        for _ in 0..(parts * SWEEP_PER_PART).min(self.entries.len()) {
            if self.swept_to >= self.entries.len() {
                self.swept_to = 0;
            }
            let at = self.swept_to as u32;
            if self.entries[self.swept_to].live && self.has_expired(at, now_ms) {
                self.remove(Place(at));
            }
            self.swept_to += 1;
        }
    }

    /// Counts the keys of one database that have not expired.
    pub fn count(&mut self, now_ms: i64, db: usize) -> usize {
        self.remove_where(|entry| {
            entry.db == db && entry.expires_at_ms.is_some_and(|at_ms| now_ms > at_ms)
        });
        self.databases[db].len()
    }

    /// Drops the keys of one database.
    pub fn clear_database(&mut self, db: usize) {
        if !self.databases[db].is_empty() {
            self.remove_where(|entry| entry.db == db);
        }
    }

    fn remove_where(&mut self, mut goes: impl FnMut(&Entry) -> bool) {
        for at in 0..self.entries.len() {
            if self.entries[at].live && goes(&self.entries[at]) {
                self.remove(Place(at as u32));
            }
        }
    }

    /// Returns whether an entry has expired. As in Redis, a key still exists in the very
    /// millisecond in which it expires.
    fn has_expired(&self, at: u32, now_ms: i64) -> bool {
        self.entries[at as usize].expires_at_ms.is_some_and(|at_ms| now_ms > at_ms)
    }

    fn link(&mut self, at: u32) {
        let older = std::mem::replace(&mut self.newest, at);
        let entry = &mut self.entries[at as usize];
        entry.newer = NONE;
        entry.older = older;
        match older {
            NONE => self.oldest = at,
            older => self.entries[older as usize].newer = at,
        }
    }

    fn unlink(&mut self, at: u32) {
        let Entry { newer, older, .. } = self.entries[at as usize];
        match newer {
            NONE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
    }
}
