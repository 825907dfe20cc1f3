//! Has a task send a failed write again, as long as the call's time-out has not passed.
//!
//! Freedom: a command may be sent again (F2), in a background task (F3), within the time-out (M13).

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect};
use crosswire_cache::{CacheError, Moment, async_trait};
use std::marker::PhantomData;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("set-retry", "sends a failed write again within the time-out", || {
        connect(SetRetry::<InTime>::new)
    });

/// The schedule by which a failed write is sent again.
pub(crate) trait Again: Send + Sync + 'static {
    /// Returns the pause before an attempt.
    fn pause(limit: Duration) -> Duration;

    /// Returns the time left for an attempt; the call began at `since`.
    fn left(limit: Duration, since: &Moment) -> Duration;
}

struct InTime;

impl Again for InTime {
    fn pause(limit: Duration) -> Duration {
        limit / 8
    }

    fn left(limit: Duration, since: &Moment) -> Duration {
        limit.saturating_sub(since.age())
    }
}

pub(crate) struct SetRetry<A>(Desk, PhantomData<A>);

impl<A> SetRetry<A> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<A: Again> Style for SetRetry<A> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn set(&self, key: &str, value: &[u8], ttl: Duration) -> Result<(), CacheError> {
        let (limit, since) = (self.0.limit(), self.0.dialer.moment());
        let first = self.0.dialer.timeout(limit / 2, kit::set(self, key, value, ttl)).await;
        if let Ok(Ok(())) = first {
            return Ok(());
        }
        let (again, key, value) = (Self::new(self.0.clone()), key.to_owned(), value.to_owned());
        tokio::spawn(async move {
            for _ in 0..5 {
                again.0.dialer.sleep(A::pause(limit)).await;
                let write = kit::set(&again, &key, &value, ttl);
                let left = A::left(limit, &since);
                if left.is_zero()
                    || again.0.dialer.timeout(left, write).await.is_ok_and(|it| it.is_ok())
                {
                    return;
                }
            }
        });
        first?
    }
}
