//! The journal: the one place where the edges of the world record what they observe.
//!
//! Memory does not grow with the run. Each entry goes into the digest, into a ring of the latest
//! entries, from which stories are built, and to the observer.

use crate::answers::Answers;
use crate::digest::Digest;
use crate::fact::{Fact, NO_REQUEST};
use crate::ids::{CallId, CommandId, KeyId, NodeId, RequestId};
use crate::scope;
use crate::sync::{Mutex, MutexGuard};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// One recorded fact, with its time and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Simulated time.
    pub at_ms: u64,
    /// The node it happened on.
    pub node: NodeId,
    /// The request on whose behalf it happened; 0 if none.
    pub request: RequestId,
    /// The fact.
    #[serde(flatten)]
    pub what: Fact,
}

/// A listener that receives each entry as it is recorded. A pair of observers is an observer, and
/// its first part receives each entry first.
pub trait Observer: Send + 'static {
    /// Receives one entry. `past` has the names of keys and the latest entries.
    fn observe(&mut self, entry: &Entry, past: &RecentEntries);
}

impl Observer for () {
    fn observe(&mut self, _: &Entry, _: &RecentEntries) {}
}

impl<O: Observer> Observer for Option<O> {
    #[expect(clippy::inline_always, reason = "compiled in crates that are not optimized")]
    #[inline(always)]
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        if let Some(observer) = self {
            observer.observe(entry, past);
        }
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    #[expect(clippy::inline_always, reason = "compiled in crates that are not optimized")]
    #[inline(always)]
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        self.0.observe(entry, past);
        self.1.observe(entry, past);
    }
}

/// The latest entries and the text of keys, for observers.
#[derive(Default)]
pub struct RecentEntries {
    ring: Vec<Entry>,
    written: u64,
    /// Time of the latest entry.
    latest_ms: u64,
    keys: Keys,
}

/// Capacity of the ring. A power of two, because each entry's slot is computed twice.
const RING_CAPACITY: usize = 1 << 15;

/// Number of entries an observer may lag behind and still see as much of the past.
pub const MAX_LAG: u64 = 1024;

/// Number of latest entries kept for stories: some seconds of a storm of hundreds of devices.
const WINDOW: usize = RING_CAPACITY - MAX_LAG as usize;

const _: () = assert!(RING_CAPACITY.is_power_of_two());
const _: () = assert!((MAX_LAG as usize) < RING_CAPACITY, "who lags behind finds its entries");

/// A view of the past as it was after a given number of entries.
#[derive(Clone, Copy)]
pub struct RecentView<'a> {
    past: &'a RecentEntries,
    written: u64,
}

impl<'a> RecentView<'a> {
    /// Iterates over the latest entries, newest first.
    pub fn latest(self) -> impl Iterator<Item = &'a Entry> {
        let RecentView { past, written } = self;
        assert!(written <= past.written, "a view is never ahead of its past");
        let oldest = past.written.saturating_sub(RING_CAPACITY as u64);
        let from = oldest.max(written.saturating_sub(WINDOW as u64));
        let at = written as usize % RING_CAPACITY;
        let (newer, older) = past.ring.split_at(at.min(past.ring.len()));
        newer.iter().rev().chain(older.iter().rev()).take((written - from) as usize)
    }

    /// Returns the bytes of a key, or nothing for an id that was never assigned.
    pub fn key_bytes(self, key: KeyId) -> &'a [u8] {
        let name = self.past.keys.names.get(key.0 as usize);
        name.map_or(&[], |name| &name[..])
    }

    /// Returns the text of a key.
    pub fn key_name(self, key: KeyId) -> String {
        self.past.key_name(key)
    }
}

impl RecentEntries {
    /// Returns entry number `before`, counted from 0, if it exists and is still kept.
    #[inline]
    pub fn after(&self, before: u64) -> Option<&Entry> {
        if before >= self.written || self.written - before > RING_CAPACITY as u64 {
            return None;
        }
        Some(&self.ring[before as usize % RING_CAPACITY])
    }

    /// Returns the past as it was after `written` entries.
    ///
    /// # Panics
    /// If there are fewer entries, or more than [`MAX_LAG`] after these: then the view would lack
    /// some of the entries that it promises.
    #[inline]
    pub fn as_of(&self, written: u64) -> RecentView<'_> {
        assert!(written <= self.written, "entry {written} has not been written yet");
        assert!(self.written - written <= MAX_LAG, "a view of entry {written} comes too late");
        RecentView { past: self, written }
    }

    /// Iterates over the latest entries, newest first.
    pub fn latest(&self) -> impl Iterator<Item = &Entry> {
        self.as_of(self.written).latest()
    }

    /// Returns the text of a key.
    pub fn key_name(&self, key: KeyId) -> String {
        self.keys.name(key)
    }

    /// Returns the number of entries written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    #[inline]
    fn push(&mut self, entry: Entry) {
        if entry.at_ms < self.latest_ms {
            time_ran_backwards(entry.at_ms, self.latest_ms);
        }
        self.latest_ms = entry.at_ms;
        let at = self.written as usize % RING_CAPACITY;
        debug_assert!(at <= self.ring.len(), "the ring is filled without a gap");
        if at == self.ring.len() {
            self.ring.push(entry);
        } else {
            self.ring[at] = entry;
        }
        self.written += 1;
    }
}

/// Panics. Not part of [`RecentEntries::push`], which is copied into every place that writes.
#[cold]
#[inline(never)]
fn time_ran_backwards(at_ms: u64, latest_ms: u64) -> ! {
    panic!("an entry of {at_ms} ms after one of {latest_ms} ms")
}

#[expect(clippy::disallowed_types, reason = "looked up by key, never iterated")]
type KeyMap = std::collections::HashMap<Box<[u8]>, KeyId, BuildHasherDefault<Digest>>;

#[derive(Default)]
struct Keys {
    ids: KeyMap,
    names: Vec<Box<[u8]>>,
}

impl Keys {
    /// Returns the id of a key and whether it was just assigned.
    fn id(&mut self, key: &[u8]) -> (KeyId, bool) {
        if let Some(&id) = self.ids.get(key) {
            return (id, false);
        }
        let id = u32::try_from(self.names.len()).expect("a run has fewer than 2^32 keys");
        self.ids.insert(key.into(), KeyId(id));
        self.names.push(key.into());
        assert_eq!(self.ids.len(), self.names.len(), "each key has one id and one name");
        (KeyId(id), true)
    }

    fn name(&self, key: KeyId) -> String {
        self.names
            .get(key.0 as usize)
            .map_or_else(|| key.to_string(), |name| String::from_utf8_lossy(name).into_owned())
    }
}

struct Inner<O: ?Sized> {
    digest: Digest,
    past: RecentEntries,
    requests: u32,
    calls: u32,
    commands: u32,
    answers: Answers,
    /// Assigns ids but records nothing.
    deaf: bool,
    observer: O,
}

/// The history of one run. It owns the observer, and creates the [`Journal`]s that write it.
pub struct History<O>(Arc<Mutex<Inner<Option<O>>>>);

impl<O: Observer> History<O> {
    /// Creates an empty history that passes each entry to `observer`.
    pub fn new(observer: O) -> Self {
        let past =
            RecentEntries { ring: Vec::with_capacity(RING_CAPACITY), ..RecentEntries::default() };
        Self::with(past, observer, false)
    }

    fn with(past: RecentEntries, observer: O, deaf: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            digest: Digest::default(),
            past,
            requests: 0,
            calls: 0,
            commands: 0,
            answers: Answers::default(),
            deaf,
            observer: Some(observer),
        })))
    }

    /// Returns a journal that writes this history.
    pub fn journal(&self) -> Journal {
        Journal(self.0.clone())
    }

    /// [Ends](Journal::end) the history and returns the observer and the past.
    pub fn close(self) -> (O, RecentEntries) {
        self.journal().end();
        let mut inner = self.0.lock();
        let past = std::mem::take(&mut inner.past);
        let observer = inner.observer.take().expect("a history is closed once");
        (observer, past)
    }
}

/// A handle with which the edges of the world write the history of one run.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Inner<dyn Observer>>>);

impl Default for Journal {
    fn default() -> Self {
        History::new(()).journal()
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}

impl Journal {
    /// Creates a journal that records nothing, for code that is not part of the run.
    pub fn deaf() -> Self {
        History::with(RecentEntries::default(), (), true).journal()
    }

    fn inner(&self) -> MutexGuard<'_, Inner<dyn Observer>> {
        self.0.lock()
    }

    /// Records a fact on behalf of the request whose code is running now.
    pub fn record(&self, at_ms: u64, node: NodeId, what: Fact) {
        self.record_for(at_ms, node, scope::current().request, what);
    }

    /// Records a fact on behalf of `request`.
    pub fn record_for(&self, at_ms: u64, node: NodeId, request: RequestId, what: Fact) {
        let request = if what.is_global() { NO_REQUEST } else { request };
        let entry = Entry { at_ms, node, request, what };
        let mut guard = self.inner();
        let inner = &mut *guard;
        if inner.deaf {
            return;
        }
        debug_assert!(request.0 <= inner.requests, "{request} was never assigned");
        inner.digest.add(&entry);
        inner.past.push(entry);
        inner.observer.observe(&entry, &inner.past);
    }

    /// Returns the id of a cache key, assigned at its first use.
    pub fn key(&self, key: &[u8]) -> KeyId {
        let mut inner = self.inner();
        let (id, first) = inner.past.keys.id(key);
        if first {
            inner.digest.write(key);
        }
        id
    }

    /// Returns the text of a key.
    pub fn key_name(&self, key: KeyId) -> String {
        self.inner().past.key_name(key)
    }

    /// Assigns a request id.
    pub fn next_request(&self) -> RequestId {
        let mut inner = self.inner();
        RequestId(next(&mut inner.requests))
    }

    /// Assigns a call id.
    pub fn next_call(&self) -> CallId {
        let mut inner = self.inner();
        CallId(next(&mut inner.calls))
    }

    /// Returns the id of the latest call that has begun.
    pub fn latest_call(&self) -> CallId {
        CallId(self.inner().calls)
    }

    /// Assigns a command id.
    pub fn next_command(&self) -> CommandId {
        let mut inner = self.inner();
        CommandId(next(&mut inner.commands))
    }

    /// Gives access to the directory commits of recent requests. They are not part of the history.
    pub fn answers<T>(&self, work: impl FnOnce(&mut Answers) -> T) -> T {
        work(&mut self.inner().answers)
    }

    /// Returns the number of entries written so far.
    pub fn written(&self) -> u64 {
        self.inner().past.written
    }

    /// Returns the digest of everything written so far.
    pub fn digest(&self) -> Digest {
        self.inner().digest
    }

    /// Ends the history: no journal of it records another fact.
    pub fn end(&self) {
        self.inner().deaf = true;
    }
}

/// Returns the next id of a kind: they count from 1.
fn next(latest: &mut u32) -> u32 {
    *latest = latest.checked_add(1).expect("a run has fewer than 2^32 ids of a kind");
    *latest
}

impl RecentEntries {
    /// Creates a past without entries, for checking a history that is read from a file: each entry
    /// is [`remember`](Self::remember)ed before it is observed.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds an entry.
    ///
    /// # Panics
    /// If the entry is from before the latest one.
    pub fn remember(&mut self, entry: Entry) {
        self.push(entry);
    }

    /// Returns the id of a key, assigned at its first use.
    pub fn key(&mut self, key: &[u8]) -> KeyId {
        self.keys.id(key).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeKind;

    #[test]
    fn the_ring_keeps_the_latest_newest_first() {
        let mut past = RecentEntries::default();
        let written = WINDOW as u64 + MAX_LAG + 10;
        for at_ms in 0..written {
            past.remember(Entry {
                at_ms,
                node: NodeId::new(NodeKind::Media, 0),
                request: NO_REQUEST,
                what: Fact::Up,
            });
        }
        let latest: Vec<_> = past.latest().map(|entry| entry.at_ms).collect();
        assert_eq!(latest.len(), WINDOW);
        assert_eq!(latest[0], written - 1);
        assert_eq!(latest[WINDOW - 1], MAX_LAG + 10);
        let late: Vec<_> =
            past.as_of(written - MAX_LAG).latest().map(|entry| entry.at_ms).collect();
        assert_eq!((late.len(), late[0], late[WINDOW - 1]), (WINDOW, WINDOW as u64 + 9, 10));
        assert_eq!(past.after(10).map(|entry| entry.at_ms), Some(10));
        assert!(past.after(9).is_none() && past.after(written).is_none());
    }

    #[test]
    #[should_panic(expected = "an entry of 4 ms after one of 5 ms")]
    fn time_never_runs_backwards() {
        let journal = Journal::default();
        journal.record(5, NodeId::HARNESS, Fact::Up);
        journal.record(4, NodeId::HARNESS, Fact::Up);
    }

    #[test]
    #[should_panic(expected = "a view of entry 0 comes too late")]
    fn a_view_that_would_lack_entries_is_refused() {
        let mut past = RecentEntries::default();
        for at_ms in 0..=MAX_LAG {
            let (node, request) = (NodeId::HARNESS, NO_REQUEST);
            past.remember(Entry { at_ms, node, request, what: Fact::Up });
        }
        assert_eq!(past.as_of(1).latest().count(), 1);
        past.as_of(0);
    }

    #[test]
    fn the_digest_covers_the_text_of_keys() {
        let digest = |key: &[u8]| {
            let journal = Journal::default();
            journal.key(key);
            journal.digest()
        };
        assert_ne!(digest(b"a"), digest(b"b"));
        assert_eq!(digest(b"a"), digest(b"a"));
    }

    #[test]
    fn an_entry_survives_json() {
        let entry = Entry {
            at_ms: 7,
            node: NodeId::new(NodeKind::Gateway, 2),
            request: RequestId(3),
            what: Fact::Fault { index: 1, phase: crate::FaultPhase::Began },
        };
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
    }
}
