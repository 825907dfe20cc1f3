//! Reads media into reused buffers: a pool of slots, each lent to one read at a time, filled range
//! by range, and copied out at the end.

use super::Reader;
use crate::deps::Deps;
use crate::media::{MediaClient, MediaKind};
use async_trait::async_trait;
use bytes::Bytes;
use crosswire_history::EventId;
use crosswire_history::sync::Mutex;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

/// Bytes per range read.
const RANGE: usize = 16;

/// The policy of a pool for a released slot.
pub(crate) trait Returns: Send + Sync + 'static {
    /// Returns true if the pool accepts a slot in its `present` generation from a borrower that was
    /// lent generation `lent`.
    fn accepts(present: u64, lent: u64) -> bool;
}

/// Correct: releasing a slot advances its generation, and only the borrower of the present
/// generation can release it. A second release is of an older generation and is ignored.
pub(crate) struct ByGeneration;

impl Returns for ByGeneration {
    fn accepts(present: u64, lent: u64) -> bool {
        present == lent
    }
}

/// Mechanism 8, buffer recycled early. An abandoned read releases its slot twice: in its clean-up,
/// and at the end of its lease. The slot is then free twice, the next two reads are lent the same
/// slot, and the bytes change under the first of them. The trigger is a read that fails or is
/// dropped while others are in progress. A check of the owner does not notice, because the label is
/// right. Apache Tomcat's error handling could return an object to its pool twice, so that data
/// went to the wrong user: CVE-2022-25762.
pub(crate) struct BySlot;

impl Returns for BySlot {
    fn accepts(_present: u64, _lent: u64) -> bool {
        true
    }
}

/// A reusable buffer.
#[derive(Default)]
struct Slot {
    bytes: Vec<u8>,
    generation: u64,
}

/// The slots and the free list, last in first out.
#[derive(Default)]
struct Slots {
    all: Vec<Slot>,
    free: Vec<usize>,
}

/// A pool of slots, as large as the maximum ever lent at a time.
struct Pool<R> {
    slots: Arc<Mutex<Slots>>,
    returns: PhantomData<fn() -> R>,
}

/// A lent slot, released on drop.
struct Lent<R: Returns> {
    slots: Arc<Mutex<Slots>>,
    at: usize,
    generation: u64,
    returns: PhantomData<fn() -> R>,
}

impl<R: Returns> Pool<R> {
    fn new() -> Self {
        Self { slots: Arc::default(), returns: PhantomData }
    }

    fn lend(&self) -> Lent<R> {
        let mut slots = self.slots.lock();
        let at = slots.free.pop().unwrap_or_else(|| {
            slots.all.push(Slot::default());
            slots.all.len() - 1
        });
        let generation = slots.all[at].generation;
        Lent { slots: self.slots.clone(), at, generation, returns: PhantomData }
    }
}

impl<R: Returns> Lent<R> {
    /// Writes `range` into the slot at offset `at`.
    fn write(&self, at: usize, range: &[u8]) {
        let bytes = &mut self.slots.lock().all[self.at].bytes;
        let end = at + range.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[at..end].copy_from_slice(range);
    }

    /// Copies the first `len` bytes of the slot, which must have been written.
    fn copy(&self, len: usize) -> Bytes {
        Bytes::copy_from_slice(&self.slots.lock().all[self.at].bytes[..len])
    }

    fn give_back(&self) {
        let mut slots = self.slots.lock();
        let slot = &mut slots.all[self.at];
        if R::accepts(slot.generation, self.generation) {
            slot.generation += 1;
            slots.free.push(self.at);
        }
    }
}

impl<R: Returns> Drop for Lent<R> {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// An unfinished read into a slot. If the read never finishes, because the store failed or the
/// request was dropped, nothing will be copied out of the slot, so dropping the guard releases it
/// for reuse.
struct Fill<'a, R: Returns>(Option<&'a Lent<R>>);

impl<R: Returns> Fill<'_, R> {
    fn ended(mut self) {
        self.0 = None;
    }
}

impl<R: Returns> Drop for Fill<'_, R> {
    fn drop(&mut self) {
        if let Some(lent) = self.0 {
            lent.give_back();
        }
    }
}

/// A reader that reads media through a pool of buffers.
pub(crate) struct Buffered<R> {
    media: MediaClient,
    pool: Pool<R>,
}

impl<R: Returns> Buffered<R> {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { media: deps.media.clone(), pool: Pool::new() }
    }

    /// Reads range by range until an empty range marks the end. Returns the length, or `None` if
    /// there is no such event.
    async fn fill(
        &self,
        lent: &Lent<R>,
        event: EventId,
        kind: MediaKind,
    ) -> io::Result<Option<usize>> {
        let fill = Fill(Some(lent));
        let mut len = 0;
        let filled = loop {
            match self.media.get_range(event, kind, len, RANGE).await? {
                Some(range) if !range.is_empty() => {
                    lent.write(len, &range);
                    len += range.len();
                }
                Some(_) => break Some(len),
                None => break None,
            }
        };
        fill.ended();
        Ok(filled)
    }
}

#[async_trait]
impl<R: Returns> Reader for Buffered<R> {
    async fn read(&self, event: EventId, kind: MediaKind) -> io::Result<Option<Bytes>> {
        let lent = self.pool.lend();
        let len = self.fill(&lent, event, kind).await?;
        Ok(len.map(|len| lent.copy(len)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A completed read.
    fn whole<R: Returns>(pool: &Pool<R>, picture: &[u8]) -> Bytes {
        let lent = pool.lend();
        lent.write(0, picture);
        Fill(Some(&lent)).ended();
        lent.copy(picture.len())
    }

    /// A read dropped halfway.
    fn abandoned<R: Returns>(pool: &Pool<R>) {
        let lent = pool.lend();
        drop(Fill(Some(&lent)));
    }

    /// Runs two reads at a time; returns the result of the first.
    fn two<R: Returns>(pool: &Pool<R>) -> Bytes {
        let (mine, other) = (pool.lend(), pool.lend());
        mine.write(0, b"mine");
        other.write(0, b"othe");
        mine.copy(4)
    }

    #[test]
    fn both_pools_work_without_errors() {
        let (correct, faulty) = (Pool::<ByGeneration>::new(), Pool::<BySlot>::new());
        for _ in 0..3 {
            assert_eq!(
                (&*whole(&correct, b"one"), &*whole(&faulty, b"one")),
                (&b"one"[..], &b"one"[..])
            );
            assert_eq!((&*two(&correct), &*two(&faulty)), (&b"mine"[..], &b"mine"[..]));
        }
    }

    #[test]
    fn after_an_abandoned_read_two_reads_share_a_slot_unless_generations_are_checked() {
        let (correct, faulty) = (Pool::<ByGeneration>::new(), Pool::<BySlot>::new());
        abandoned(&correct);
        abandoned(&faulty);
        assert_eq!(whole(&faulty, b"alone"), "alone", "sequential reads hide the bug");
        assert_eq!((&*two(&correct), &*two(&faulty)), (&b"mine"[..], &b"othe"[..]));
    }

    proptest! {
        /// Lends, completes and abandons slots in any order; no two leases ever share a slot.
        #[test]
        fn by_generation_a_slot_has_one_borrower(steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..60)) {
            let pool = Pool::<ByGeneration>::new();
            let mut lent = Vec::new();
            for (lends, which) in steps {
                if lends || lent.is_empty() {
                    lent.push(pool.lend());
                } else {
                    let over = lent.swap_remove(which.index(lent.len()));
                    drop(Fill(Some(&over)));
                }
                let mut slots: Vec<_> = lent.iter().map(|lent| lent.at).collect();
                slots.sort_unstable();
                slots.dedup();
                prop_assert_eq!(slots.len(), lent.len());
            }
        }
    }
}
