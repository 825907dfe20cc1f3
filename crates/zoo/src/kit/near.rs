//! Values kept in the process. A fill that a local write has overtaken is not kept.

use super::{Fetched, lock};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Kept values by key, with a count of local writes: the client's sets and deletes.
#[derive(Default)]
pub struct Near(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    values: BTreeMap<String, Fetched>,
    writes: u64,
}

impl Near {
    /// Returns the value of a key if it is kept and has not expired. The outer `None` means that it
    /// is not kept.
    pub fn look_up(&self, key: &str) -> Option<Option<Bytes>> {
        let mut kept = lock(&self.0);
        let found = kept.values.get(key)?;
        if found.since.is_past(found.left) {
            kept.values.remove(key);
            return None;
        }
        Some(found.value.clone())
    }

    /// Returns the number of local writes so far. Call this before a fetch.
    pub fn writes(&self) -> u64 {
        lock(&self.0).writes
    }

    /// Keeps a fetched value, unless a local write has happened since [`writes`](Self::writes)
    /// returned `writes`.
    pub fn fill(&self, key: &str, fetched: Fetched, writes: u64) {
        let mut kept = lock(&self.0);
        if kept.writes == writes {
            kept.values.insert(key.to_owned(), fetched);
        }
    }

    /// Forgets a key and cancels fills that are under way, now and when the guard is dropped.
    pub fn strike<'n>(&'n self, key: &'n str) -> Strike<'n> {
        self.forget(key);
        Strike { near: self, key, writes: self.writes(), written: None }
    }

    /// Forgets a key and cancels fills that are under way.
    pub fn forget(&self, key: &str) {
        let mut kept = lock(&self.0);
        kept.writes += 1;
        kept.values.remove(key);
    }

    /// Returns the number of kept values.
    pub fn count(&self) -> usize {
        lock(&self.0).values.len()
    }
}

/// A guard around a write that forgets the key again when dropped, even if the write failed.
pub struct Strike<'n> {
    near: &'n Near,
    key: &'n str,
    writes: u64,
    written: Option<Fetched>,
}

impl Strike<'_> {
    /// Makes the guard keep the written value, unless another local write begins or ends meanwhile.
    pub fn keep(mut self, written: Fetched) {
        self.written = Some(written);
    }
}

impl Drop for Strike<'_> {
    fn drop(&mut self) {
        let alone = self.near.writes() == self.writes;
        self.near.forget(self.key);
        if alone && let Some(written) = self.written.take() {
            self.near.fill(self.key, written, self.writes + 1);
        }
    }
}
