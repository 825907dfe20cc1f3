//! Sleeps and timeouts in simulated time.
//!
//! These timers live on the network's wheel. A timer that is dropped costs nothing more, where a
//! timer of the executor stays in its heap until it would have fired.

use crate::net::{Due, Net};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

struct Timer {
    age: u32,
    fired: bool,
    waker: Option<Waker>,
}

/// All timers, by slot. Slots are reused; the age distinguishes one use from the next.
#[derive(Default)]
pub(crate) struct Timers {
    slots: Vec<Timer>,
    free: Vec<u32>,
}

impl Timers {
    fn start(&mut self) -> (u32, u32) {
        if let Some(slot) = self.free.pop() {
            let timer = &mut self.slots[slot as usize];
            timer.fired = false;
            return (slot, timer.age);
        }
        self.slots.push(Timer { age: 0, fired: false, waker: None });
        (self.slots.len() as u32 - 1, 0)
    }

    pub(crate) fn fire(&mut self, slot: u32, age: u32) {
        let timer = &mut self.slots[slot as usize];
        if timer.age == age {
            timer.fired = true;
            if let Some(waker) = timer.waker.take() {
                waker.wake();
            }
        }
    }

    /// Reports whether the timer has not been dropped.
    pub(crate) fn is_on(&self, slot: u32, age: u32) -> bool {
        self.slots[slot as usize].age == age
    }

    fn stop(&mut self, slot: u32) {
        let timer = &mut self.slots[slot as usize];
        timer.age = timer.age.wrapping_add(1);
        timer.waker = None;
        self.free.push(slot);
    }
}

/// A future that completes at a given time.
#[must_use = "futures do nothing unless they are awaited"]
pub struct Sleep {
    net: Net,
    slot: u32,
}

impl Net {
    /// Returns a future that completes after `ms` milliseconds.
    pub fn sleep(&self, ms: u64) -> Sleep {
        let mut inner = self.inner();
        let due = inner.now_ms + ms;
        let (slot, age) = inner.timers.start();
        inner.schedule(due, Due::Timer { slot, age });
        drop(inner);
        Sleep { net: self.clone(), slot }
    }

    /// Returns the output of `future` if it completes within `ms` milliseconds. Otherwise drops the
    /// future.
    ///
    /// # Errors
    /// [`Elapsed`] if the future did not complete in time.
    pub async fn timeout<F: Future>(&self, ms: u64, future: F) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future);
        let mut sleep = self.sleep(ms);
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            Pin::new(&mut sleep).poll(cx).map(|()| Err(Elapsed))
        })
        .await
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.net.lock();
        let timer = &mut inner.timers.slots[self.slot as usize];
        if timer.fired {
            return Poll::Ready(());
        }
        match &timer.waker {
            Some(waker) if waker.will_wake(cx.waker()) => {}
            _ => timer.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.net.lock().timers.stop(self.slot);
    }
}

/// The error of a future that did not complete in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl std::fmt::Display for Elapsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer in time")
    }
}

impl std::error::Error for Elapsed {}
