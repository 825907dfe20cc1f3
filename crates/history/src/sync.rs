//! A mutex for everything that parts of a run, or threads beside runs, share.

use std::sync::{Condvar, LockResult, PoisonError};

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
    /// Creates a mutex that nobody holds.
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
}

impl<T: ?Sized> Mutex<T> {
    /// Locks the mutex, once no other thread holds it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        even_if_poisoned(self.0.lock())
    }
}

fn even_if_poisoned<T>(result: LockResult<T>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
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
        assert_eq!(*mutex.lock(), 1);
        assert_eq!(mutex.into_inner(), 1);
    }
}
