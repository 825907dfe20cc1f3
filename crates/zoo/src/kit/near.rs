//! Values kept in the process. A fill that began before an own write of its key is not kept.

use super::{Fetched, lock};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Kept values by key, with a count of own writes.
#[derive(Default)]
pub struct Near(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    values: BTreeMap<String, Fetched>,
    writes: u64,
}

impl Near {
    /// The value of a key, if it is kept and its life is not over. The outer `None`: not kept.
    pub fn look_up(&self, key: &str) -> Option<Option<Bytes>> {
        let mut kept = lock(&self.0);
        let found = kept.values.get(key)?;
        if found.since.is_past(found.left) {
            kept.values.remove(key);
            return None;
        }
        Some(found.value.clone())
    }

    /// The number of own writes so far, to be asked before a fetch.
    pub fn writes(&self) -> u64 {
        lock(&self.0).writes
    }

    /// Keeps what was fetched, unless there was an own write since `writes` was asked.
    pub fn fill(&self, key: &str, fetched: Fetched, writes: u64) {
        let mut kept = lock(&self.0);
        if kept.writes == writes {
            kept.values.insert(key.to_owned(), fetched);
        }
    }

    /// Forgets a key and what is on its way, now and when the guard is dropped.
    pub fn strike<'n>(&'n self, key: &'n str) -> Strike<'n> {
        self.forget(key);
        Strike { near: self, key, writes: self.writes(), written: None }
    }

    /// Forgets a key and what is on its way.
    pub fn forget(&self, key: &str) {
        let mut kept = lock(&self.0);
        kept.writes += 1;
        kept.values.remove(key);
    }

    /// The number of kept values.
    pub fn count(&self) -> usize {
        lock(&self.0).values.len()
    }
}

/// Forgets a key when dropped, however the write ended.
pub struct Strike<'n> {
    near: &'n Near,
    key: &'n str,
    writes: u64,
    written: Option<Fetched>,
}

impl Strike<'_> {
    /// Has the guard keep what was written, unless another own write has begun or ended meanwhile.
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
