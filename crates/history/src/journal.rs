//! The journal: the one place where the edges of the world write what they saw.
//!
//! Nothing is kept for ever. Each entry goes into the digest, to the observers, and into a ring
//! of the latest entries that a story is told from; so memory does not grow with the run.

use crate::answers::Answers;
use crate::digest::Digest;
use crate::ids::{CallId, CommandId, KeyId, NodeId, RequestId};
use crate::scope;
use crate::what::{NOBODY, What};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Simulated time.
    pub at_ms: u64,
    /// Where.
    pub node: NodeId,
    /// On whose behalf; 0 is nobody's.
    pub request: RequestId,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// Somebody who is told each entry as it is written.
pub trait Observer: Any + Send {
    /// One entry. `journal` answers what the names of keys are and what happened just before.
    fn observe(&mut self, entry: &Entry, past: &Past);
}

/// What an observer may look up: the latest entries, and the text of keys.
pub struct Past {
    ring: Vec<Entry>,
    written: u64,
    keys: Keys,
}

/// So many of the latest entries are there. A power of two, for each entry's place is worked out twice.
const RING: usize = 1 << 15;

/// So many entries late an observer may be, and still sees as much of the past.
pub const LATE: u64 = 1024;

/// How many of the latest entries are kept for stories: some seconds of a storm of hundreds of
/// devices.
const KEPT: usize = RING - LATE as usize;

/// The past as it was when so many entries had been written.
#[derive(Clone, Copy)]
pub struct AsOf<'a> {
    past: &'a Past,
    written: u64,
}

impl<'a> AsOf<'a> {
    /// The latest entries, newest first.
    pub fn latest(self) -> impl Iterator<Item = &'a Entry> {
        let AsOf { past, written } = self;
        let oldest = past.written.saturating_sub(RING as u64);
        let from = oldest.max(written.saturating_sub(KEPT as u64));
        let at = written as usize % RING;
        let (newer, older) = past.ring.split_at(at.min(past.ring.len()));
        newer.iter().rev().chain(older.iter().rev()).take((written - from) as usize)
    }

    /// The bytes of a key; none of one that was never given out.
    pub fn key_bytes(self, key: KeyId) -> &'a [u8] {
        let name = self.past.keys.names.get(key.0 as usize);
        name.map_or(&[], |name| &name[..])
    }

    /// The text of a key.
    pub fn key_name(self, key: KeyId) -> String {
        self.past.key_name(key)
    }
}

impl Past {
    /// The entry after the first `before`, if it is there and still kept.
    #[inline]
    pub fn after(&self, before: u64) -> Option<&Entry> {
        let kept = before < self.written && self.written - before <= RING as u64;
        kept.then(|| &self.ring[before as usize % RING])
    }

    /// What was to be seen when `written` entries had been written.
    #[inline]
    pub fn as_of(&self, written: u64) -> AsOf<'_> {
        AsOf { past: self, written: written.min(self.written) }
    }

    /// The latest entries, newest first.
    pub fn latest(&self) -> impl Iterator<Item = &Entry> {
        self.as_of(self.written).latest()
    }

    /// The text of a key.
    pub fn key_name(&self, key: KeyId) -> String {
        self.keys.name(key)
    }

    /// How many entries were written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    fn push(&mut self, entry: Entry) {
        let at = self.written as usize % RING;
        if at == self.ring.len() {
            self.ring.push(entry);
        } else {
            self.ring[at] = entry;
        }
        self.written += 1;
    }
}

#[expect(clippy::disallowed_types, reason = "looked up by key, never iterated")]
type KeyMap = std::collections::HashMap<Box<[u8]>, KeyId, BuildHasherDefault<Digest>>;

#[derive(Default)]
struct Keys {
    ids: KeyMap,
    names: Vec<Box<[u8]>>,
}

impl Keys {
    /// The id of a key and whether it was seen for the first time.
    fn id(&mut self, key: &[u8]) -> (KeyId, bool) {
        if let Some(&id) = self.ids.get(key) {
            return (id, false);
        }
        let id = KeyId(self.names.len() as u32);
        self.ids.insert(key.into(), id);
        self.names.push(key.into());
        (id, true)
    }

    fn name(&self, key: KeyId) -> String {
        self.names
            .get(key.0 as usize)
            .map_or_else(|| key.to_string(), |name| String::from_utf8_lossy(name).into_owned())
    }
}

struct Inner {
    digest: Digest,
    past: Past,
    observers: Vec<Box<dyn Observer>>,
    requests: u32,
    calls: u32,
    commands: u32,
    answers: Answers,
    /// It gives out ids and keeps nothing.
    deaf: bool,
}

/// A handle to the journal of one run.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Inner>>);

impl Default for Journal {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}

impl Journal {
    /// An empty journal that tells each entry to `observers`, in their order.
    pub fn new(observers: Vec<Box<dyn Observer>>) -> Self {
        let past = Past { ring: Vec::with_capacity(RING), ..Past::empty() };
        Self::with(past, observers, false)
    }

    /// A journal that keeps nothing of what is recorded: for what is no part of the run.
    pub fn deaf() -> Self {
        Self::with(Past::empty(), Vec::new(), true)
    }

    fn with(past: Past, observers: Vec<Box<dyn Observer>>, deaf: bool) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            digest: Digest::default(),
            past,
            observers,
            requests: 0,
            calls: 0,
            commands: 0,
            answers: Answers::default(),
            deaf,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Writes what happened on behalf of the request whose code is running now.
    pub fn record(&self, at_ms: u64, node: NodeId, what: What) {
        self.record_for(at_ms, node, scope::current().request, what);
    }

    /// Writes what happened on behalf of `request`.
    pub fn record_for(&self, at_ms: u64, node: NodeId, request: RequestId, what: What) {
        let request = if what.nobodys() { NOBODY } else { request };
        let entry = Entry { at_ms, node, request, what };
        let mut guard = self.inner();
        let inner = &mut *guard;
        if inner.deaf {
            return;
        }
        inner.digest.add(&entry);
        inner.past.push(entry);
        for observer in &mut inner.observers {
            observer.observe(&entry, &inner.past);
        }
    }

    /// The id of a cache key, given out at its first use.
    pub fn key(&self, key: &[u8]) -> KeyId {
        let mut inner = self.inner();
        let (id, first) = inner.past.keys.id(key);
        if first {
            inner.digest.write(key);
        }
        id
    }

    /// The text of a key.
    pub fn key_name(&self, key: KeyId) -> String {
        self.inner().past.key_name(key)
    }

    /// A new request's id.
    pub fn next_request(&self) -> RequestId {
        let mut inner = self.inner();
        inner.requests += 1;
        RequestId(inner.requests)
    }

    /// A new call's id.
    pub fn next_call(&self) -> CallId {
        let mut inner = self.inner();
        inner.calls += 1;
        CallId(inner.calls)
    }

    /// The id of the latest call that has begun.
    pub fn latest_call(&self) -> CallId {
        CallId(self.inner().calls)
    }

    /// A new command's id.
    pub fn next_command(&self) -> CommandId {
        let mut inner = self.inner();
        inner.commands += 1;
        CommandId(inner.commands)
    }

    /// Which commits of the directory a request has to do with. It is no part of the history.
    pub fn answers<T>(&self, work: impl FnOnce(&mut Answers) -> T) -> T {
        work(&mut self.inner().answers)
    }

    /// How many entries were written so far.
    pub fn written(&self) -> u64 {
        self.inner().past.written
    }

    /// The digest of everything written so far.
    pub fn digest(&self) -> Digest {
        self.inner().digest
    }

    /// Takes the observers out: the history is over.
    pub fn close(&self) -> (Vec<Box<dyn Observer>>, Past) {
        let mut inner = self.inner();
        let past = std::mem::replace(
            &mut inner.past,
            Past { ring: vec![], written: 0, keys: Keys::default() },
        );
        (std::mem::take(&mut inner.observers), past)
    }
}

impl Past {
    /// A past without entries, for judging a history that is read from a file: each entry is
    /// [`remember`](Self::remember)ed before it is observed.
    pub fn empty() -> Self {
        Self { ring: Vec::new(), written: 0, keys: Keys::default() }
    }

    /// Adds an entry.
    pub fn remember(&mut self, entry: Entry) {
        self.push(entry);
    }

    /// The id of a key, given out at its first use.
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
        let mut past = Past::empty();
        let written = KEPT as u64 + LATE + 10;
        for at_ms in 0..written {
            past.remember(Entry {
                at_ms,
                node: NodeId::new(NodeKind::Media, 0),
                request: NOBODY,
                what: What::Up,
            });
        }
        let latest: Vec<_> = past.latest().map(|entry| entry.at_ms).collect();
        assert_eq!(latest.len(), KEPT);
        assert_eq!(latest[0], written - 1);
        assert_eq!(latest[KEPT - 1], LATE + 10);
        let late: Vec<_> = past.as_of(written - LATE).latest().map(|entry| entry.at_ms).collect();
        assert_eq!((late.len(), late[0], late[KEPT - 1]), (KEPT, KEPT as u64 + 9, 10));
        assert_eq!(past.after(10).map(|entry| entry.at_ms), Some(10));
        assert!(past.after(9).is_none() && past.after(written).is_none());
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
            what: What::Fault { index: 1, phase: crate::FaultPhase::Began },
        };
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
    }
}
