//! The world's executor, as far as code asks for it.

use crate::task::{self, JoinHandle};
use crate::world;
pub use real::runtime::{Builder, Runtime, RuntimeFlavor};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

/// A handle to the world's executor.
#[derive(Clone, Debug)]
pub struct Handle(());

/// The error of a thread without a world.
#[derive(Debug)]
pub struct TryCurrentError(());

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread has no simulated world")
    }
}

impl std::error::Error for TryCurrentError {}

/// Nothing: the world is always entered.
#[derive(Debug)]
pub struct EnterGuard<'a>(PhantomData<&'a Handle>);

impl Handle {
    /// Returns a handle.
    ///
    /// # Panics
    /// If this thread has no world.
    #[track_caller]
    pub fn current() -> Self {
        Self::try_current().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Returns a handle.
    ///
    /// # Errors
    /// If this thread has no world.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        if world::is_entered() { Ok(Self(())) } else { Err(TryCurrentError(())) }
    }

    /// Does nothing.
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard(PhantomData)
    }

    /// Runs a future as a task of the current process.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        task::spawn(future)
    }

    /// Runs a function as a task. It must not block.
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        task::spawn_blocking(work)
    }

    /// Panics: a thread that waits stops the world.
    ///
    /// # Panics
    /// Always.
    pub fn block_on<F: Future>(&self, _: F) -> F::Output {
        panic!("`block_on` would stop the simulation: it has one thread");
    }

    /// Returns the kind of the executor.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        RuntimeFlavor::CurrentThread
    }
}
