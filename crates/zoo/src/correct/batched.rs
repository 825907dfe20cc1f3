//! Writes and deletes batches with one pipeline for each node, and returns a result for each part.
//!
//! Freedom: parts of a batch may fail while others are carried out (O1 to O3).

use crate::Specimen;
use crate::kit::offers::{Share, deleted, dels, in_place, sets, shares};
use crate::kit::{Desk, Style, connect, done};
use crosswire_cache::{Batch, CacheError, Offers, Write, async_trait};
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("batched", "writes and deletes batches with a pipeline for each node", || {
        connect(Batched::<InPlace>::new)
    });

/// The ways into and out of a batch.
pub(crate) trait Batching: Send + Sync + 'static {
    /// Brings the writes of a batch into the order in which they are sent.
    fn order(_desk: &Desk, _writes: &mut [Write<'_>]) {}

    /// Returns the results of a batch of `parts`, given those of its shares.
    fn gather(parts: usize, shares: Vec<Share>) -> Batch {
        in_place(parts, shares)
    }
}

/// Each result is in the place of its part.
struct InPlace;

impl Batching for InPlace {}

pub(crate) struct Batched<B>(Desk, PhantomData<B>);

impl<B> Batched<B> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<B: Batching> Style for Batched<B> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().multi_set().multi_delete()
    }

    async fn mset(&self, writes: &[Write<'_>]) -> Result<Batch, CacheError> {
        let mut ordered = writes.to_vec();
        B::order(&self.0, &mut ordered);
        let sent = shares(self, &sets(self, &ordered), done).await;
        Ok(B::gather(writes.len(), sent))
    }

    async fn mdel(&self, keys: &[String]) -> Result<Batch, CacheError> {
        let sent = shares(self, &dels(self, keys), deleted).await;
        Ok(B::gather(keys.len(), sent))
    }
}
