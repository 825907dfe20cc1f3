//! Tries a command up to three times, on another connection each time, within the time-out of the
//! call.
//!
//! Freedom: a command may be sent again (F2).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("budget", "tries a command up to three times within one time-out", || {
        connect(Budget::<Shared>::new)
    });

/// The time for three attempts.
pub(crate) trait Time: Send + Sync + 'static {
    /// Returns the time for all three together; a call may take `limit`.
    fn of_all(limit: Duration) -> Duration;
}

struct Shared;

impl Time for Shared {
    fn of_all(limit: Duration) -> Duration {
        limit
    }
}

pub(crate) struct Budget<T>(Desk, PhantomData<T>);

impl<T> Budget<T> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<T: Time> Style for Budget<T> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn bound(&self) -> Duration {
        T::of_all(self.0.limit())
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let each = self.bound() / 3;
        for _ in 0..2 {
            if let Ok(Ok(reply)) = self.0.dialer.timeout(each, self.0.ask(node, args)).await {
                return Ok(reply);
            }
        }
        self.0.dialer.timeout(each, self.0.ask(node, args)).await?
    }
}
