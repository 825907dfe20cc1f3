//! Waits for half the time-out before each command, like a client behind a slow resolver.
//!
//! Freedom: a client may be slow, within the time-out (F14).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("slow", "waits half the time-out before each command", || {
        connect(Slow::<WholeCall>::new)
    });

/// The bound on a call.
pub(crate) trait Bound: Send + Sync + 'static {
    /// Returns the time within which each call ends; a command may take `limit`.
    fn bound(limit: Duration) -> Duration;
}

/// A call may take as long as a command.
struct WholeCall;

impl Bound for WholeCall {
    fn bound(limit: Duration) -> Duration {
        limit
    }
}

pub(crate) struct Slow<B>(Desk, PhantomData<B>);

impl<B> Slow<B> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<B: Bound> Style for Slow<B> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn bound(&self) -> Duration {
        B::bound(self.0.limit())
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.0.dialer.sleep(self.0.limit() / 2).await;
        let rest = self.0.limit() / 2;
        self.0.dialer.timeout(rest, self.0.ask(node, args)).await?
    }
}
