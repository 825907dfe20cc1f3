//! A mutex for everything that parts of a run, or threads beside runs, share.

use std::sync::{Condvar, LockResult};
use std::time::Duration;

pub use std::sync::MutexGuard;

/// A mutex whose [`lock`](Self::lock) returns the guard even after another holder panicked.
///
/// `std`'s mutex returns an error then, because the value may be half changed. Here no verdict
/// depends on such a value: a run has its own thread, a panic ends the run, and all that it shared
/// is dropped with it. Only destructors still lock a mutex of that run, while its thread unwinds: a
/// connection closes, a request is answered. If they panicked too, the process would abort, with
/// all other runs and without a report of the first panic. Threads that share something outside of
/// runs are scoped, so the scope passes their panic on.
#[derive(Debug, Default)]
#[expect(clippy::disallowed_types, reason = "this is the wrapper that all others use")]
pub struct Mutex<T: ?Sized>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    /// Creates an unlocked mutex.
    #[expect(clippy::disallowed_types, reason = "this is the wrapper that all others use")]
    pub const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        even_if_poisoned(self.0.into_inner())
    }

    /// Locks the mutex, once no other thread holds it and the value is `ready`. The thread that
    /// makes it ready notifies `changed`.
    pub fn lock_when(&self, changed: &Condvar, ready: impl Fn(&T) -> bool) -> MutexGuard<'_, T> {
        even_if_poisoned(changed.wait_while(self.lock(), |value| !ready(value)))
    }

    /// Locks the mutex like [`lock_when`](Self::lock_when). Returns none if the value is not ready
    /// within `time`.
    pub fn lock_within(
        &self,
        time: Duration,
        changed: &Condvar,
        ready: impl Fn(&T) -> bool,
    ) -> Option<MutexGuard<'_, T>> {
        let waited = changed.wait_timeout_while(self.lock(), time, |value| !ready(value));
        let (guard, timeout) = even_if_poisoned(waited);
        if timeout.timed_out() { None } else { Some(guard) }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Locks the mutex, once no other thread holds it.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        even_if_poisoned(self.0.lock())
    }
}

#[inline]
fn even_if_poisoned<T>(result: LockResult<T>) -> T {
    match result {
        Ok(value) => value,
        Err(poisoned) => poisoned.into_inner(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn a_panic_of_a_holder_leaves_the_mutex_usable() {
        let mutex = Mutex::new(0);
        let held = catch_unwind(AssertUnwindSafe(|| {
            *mutex.lock() = 1;
            let _guard = mutex.lock_when(&Condvar::new(), |value| *value == 1);
            panic!("while the guard is held");
        }));
        held.expect_err("the closure panics");
        let changed = Condvar::new();
        assert!(mutex.lock_within(Duration::ZERO, &changed, |value| *value == 1).is_some());
        assert!(mutex.lock_within(Duration::ZERO, &changed, |value| *value == 2).is_none());
        assert_eq!(*mutex.lock(), 1);
        assert_eq!(mutex.into_inner(), 1);
    }
}
