//! Sleeps, timeouts and intervals on the world's timers.

use crate::world;
use pin_project_lite::pin_project;
pub use real::time::{Instant, MissedTickBehavior};
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
pub use std::time::Duration;

/// Stands for a time that never comes.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The errors of this module.
pub mod error {
    use std::{fmt, io};

    /// The error of a future that did not end in time.
    #[derive(Debug, PartialEq, Eq)]
    pub struct Elapsed(pub(super) ());

    impl fmt::Display for Elapsed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("deadline has elapsed")
        }
    }

    impl std::error::Error for Elapsed {}

    impl From<Elapsed> for io::Error {
        fn from(_: Elapsed) -> Self {
            io::ErrorKind::TimedOut.into()
        }
    }
}

use error::Elapsed;

fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + FAR)
}

/// A future that ends at a time.
pub struct Sleep {
    deadline: Instant,
    state: Mutex<State>,
}

enum State {
    Idle,
    Waiting(world::Timer),
    Over,
}

/// Returns a future that ends after `time`.
pub fn sleep(time: Duration) -> Sleep {
    sleep_until(after(time))
}

/// Returns a future that ends at `deadline`.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, state: Mutex::new(State::Idle) }
}

impl Sleep {
    /// Returns the time at which it ends.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns whether it has ended.
    pub fn is_elapsed(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*state, State::Over) || self.deadline <= Instant::now()
    }

    /// Lets it end at another time.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        let this = self.get_mut();
        *this = sleep_until(deadline);
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        loop {
            match state {
                State::Over => return Poll::Ready(()),
                State::Waiting(timer) => {
                    ready!(timer.as_mut().poll(cx));
                    *state = State::Over;
                }
                State::Idle => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    *state = if left.is_zero() {
                        State::Over
                    } else {
                        State::Waiting(world::current().timer(left))
                    };
                }
            }
        }
    }
}

pin_project! {
    /// A future that ends with another, or with an error once its time is over.
    #[derive(Debug)]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        sleep: Sleep,
    }
}

/// Gives a future this time to end in.
pub fn timeout<F: IntoFuture>(time: Duration, future: F) -> Timeout<F::IntoFuture> {
    timeout_at(after(time), future)
}

/// Gives a future until `deadline` to end in.
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: future.into_future(), sleep: sleep_until(deadline) }
}

impl<F> Timeout<F> {
    /// Returns the future.
    pub fn get_ref(&self) -> &F {
        &self.future
    }

    /// Returns the future.
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    /// Returns the future.
    pub fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        Pin::new(this.sleep).poll(cx).map(|()| Err(Elapsed(())))
    }
}

/// Ticks at regular times.
#[derive(Debug)]
pub struct Interval {
    next: Pin<Box<Sleep>>,
    period: Duration,
    missed: MissedTickBehavior,
}

/// Returns an interval whose first tick is now.
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Returns an interval whose first tick is at `start`.
///
/// # Panics
/// If the period is zero.
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(!period.is_zero(), "`period` must be non-zero.");
    Interval { next: Box::pin(sleep_until(start)), period, missed: MissedTickBehavior::default() }
}

impl Interval {
    /// Waits for the next tick.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|cx| self.poll_tick(cx)).await
    }

    /// Polls for the next tick.
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(self.next.as_mut().poll(cx));
        let (due, now) = (self.next.deadline(), Instant::now());
        let late = now.saturating_duration_since(due);
        // tokio allows for the resolution of its timers.
        let next = if late <= Duration::from_millis(5) {
            due + self.period
        } else {
            match self.missed {
                MissedTickBehavior::Burst => due + self.period,
                MissedTickBehavior::Delay => now + self.period,
                MissedTickBehavior::Skip => {
                    let into = late.as_nanos() % self.period.as_nanos();
                    now + self.period - Duration::from_nanos(into as u64)
                }
            }
        };
        self.next.as_mut().reset(next);
        Poll::Ready(due)
    }

    /// Lets the next tick be a period from now.
    pub fn reset(&mut self) {
        self.next.as_mut().reset(Instant::now() + self.period);
    }

    /// Returns the period.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Returns what happens after a missed tick.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Decides what happens after a missed tick.
    pub fn set_missed_tick_behavior(&mut self, missed: MissedTickBehavior) {
        self.missed = missed;
    }
}
