//! Fails a read that takes longer than 20 ms, so that its caller asks elsewhere. A task reads the
//! reply.
//!
//! Freedom: a call may fail early, as long as it reports an error (F12, D7), and a task may drain
//! its reply (F3).

use crate::Specimen;
use crate::kit::{Desk, Style, connect, value_of};
use bytes::Bytes;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("impatient", "fails reads that take longer than 20 ms", || {
        connect(Impatient::<Failed>::new)
    });

/// The answer to a read that takes too long.
pub(crate) trait Late: Send + Sync + 'static {
    /// Returns the answer in place of the error.
    fn late(error: CacheError) -> Result<Option<Bytes>, CacheError>;
}

struct Failed;

impl Late for Failed {
    fn late(error: CacheError) -> Result<Option<Bytes>, CacheError> {
        Err(error)
    }
}

pub(crate) struct Impatient<L>(Desk, PhantomData<L>);

impl<L> Impatient<L> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<L: Late> Style for Impatient<L> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, CacheError> {
        let mut lease = self.0.lease(self.0.node_of(key)).await?;
        lease.send(&[b"GET", key.as_bytes()]).await?;
        match self.0.dialer.timeout(Duration::from_millis(20), lease.reply()).await {
            Ok(reply) => value_of(reply?),
            Err(late) => {
                lease.drain();
                L::late(late)
            }
        }
    }
}
