//! The clock of a service.

pub use crosswire_net::Elapsed;
use crosswire_net::Net;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// A service's clock, in simulated time. Timers of `tokio::time` run in the same time.
#[derive(Clone)]
pub struct Clock(Net);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now_ms", &self.now_ms()).finish()
    }
}

impl Clock {
    /// Creates a clock that shows the time of a network.
    pub fn new(net: &Net) -> Self {
        Self(net.clone())
    }

    /// Returns the milliseconds since the beginning of the run. The gateways' clocks agree.
    pub fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }

    /// Waits for `time`.
    pub async fn sleep(&self, time: Duration) {
        self.0.sleep(time.as_millis() as u64).await;
    }

    /// Returns the output of `future` if it ends within `limit`. Otherwise drops it at its current
    /// await.
    ///
    /// # Errors
    /// [`Elapsed`].
    pub async fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        self.0.timeout(limit.as_millis() as u64, future).await
    }
}
