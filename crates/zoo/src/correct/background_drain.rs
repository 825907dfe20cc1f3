//! Keeps the connection of a dropped caller: a task reads the outstanding reply, and then the
//! connection goes back to the pool.
//!
//! Freedom: replies may be drained in background tasks (F3).

use crate::Specimen;
use crate::kit::{Desk, Lease, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "background-drain",
    "a task reads the reply that a dropped caller left, then the connection goes back",
    || connect(BackgroundDrain::<InTask>::new),
);

/// The treatment of a connection whose caller was dropped.
pub(crate) trait Drain: Send + Sync + 'static {
    /// Ends a lease on which a reply may be outstanding.
    fn drain(lease: Lease);
}

/// Reads the reply to its end, in a task.
struct InTask;

impl Drain for InTask {
    fn drain(lease: Lease) {
        lease.drain();
    }
}

pub(crate) struct BackgroundDrain<D>(Desk, PhantomData<D>);

impl<D> BackgroundDrain<D> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

/// A lease that is drained when the call ends or is dropped.
struct Drained<D: Drain>(Option<Lease>, PhantomData<D>);

impl<D: Drain> Drop for Drained<D> {
    fn drop(&mut self) {
        if let Some(lease) = self.0.take() {
            D::drain(lease);
        }
    }
}

#[async_trait]
impl<D: Drain> Style for BackgroundDrain<D> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut drained = Drained::<D>(Some(self.0.lease(node).await?), PhantomData);
        let Some(lease) = &mut drained.0 else { return Err(refused()) };
        lease.ask(args).await
    }
}
