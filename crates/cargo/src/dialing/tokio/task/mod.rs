//! Tasks of the world's executor.

mod join_set;
mod local;

pub use join_set::JoinSet;
pub use local::{LocalSet, spawn_local};

use crate::world;
pub use real::task::{LocalKey, coop, unconstrained, yield_now};
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{io, mem};

/// The futures of this module.
pub mod futures {
    pub use real::task::futures::TaskLocalFuture;
}

/// The number of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id(u64);

impl Id {
    fn next() -> Self {
        thread_local!(static LATEST: Cell<u64> = const { Cell::new(0) });
        LATEST.with(|latest| {
            latest.set(latest.get() + 1);
            Self(latest.get())
        })
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The reason why a task has no output.
pub struct JoinError {
    id: Id,
    /// The payload of its panic; `None` if it was aborted.
    panic: Option<Mutex<Box<dyn Any + Send>>>,
}

impl JoinError {
    /// Returns the number of the task.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Returns whether the task was aborted, or its process died.
    pub fn is_cancelled(&self) -> bool {
        self.panic.is_none()
    }

    /// Returns whether the task panicked.
    pub fn is_panic(&self) -> bool {
        self.panic.is_some()
    }

    /// Returns what the task panicked with.
    ///
    /// # Panics
    /// If it did not.
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        self.try_into_panic().expect("the task panicked")
    }

    /// Returns what the task panicked with.
    ///
    /// # Errors
    /// If it did not.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.panic {
            Some(panic) => Ok(panic.into_inner().unwrap_or_else(PoisonError::into_inner)),
            None => Err(self),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.is_panic() { "panicked" } else { "was cancelled" };
        write!(f, "task {} {how}", self.id)
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        Self::other(error.to_string())
    }
}

/// The state of a task that others see, apart from its output.
struct Control {
    id: Id,
    aborted: AtomicBool,
    ended: AtomicBool,
    /// Wakes the task.
    task: Mutex<Option<Waker>>,
}

struct Shared<T> {
    control: Arc<Control>,
    output: Mutex<Output<T>>,
}

enum Output<T> {
    /// Not yet; wakes the one who waits for it.
    Awaited(Option<Waker>),
    Ready(Result<T, JoinError>),
    Taken,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Shared<T> {
    fn end(&self, result: Result<T, JoinError>) {
        self.control.ended.store(true, Ordering::Relaxed);
        let before = mem::replace(&mut *lock(&self.output), Output::Ready(result));
        if let Output::Awaited(Some(waker)) = before {
            waker.wake();
        }
    }

    fn error(&self, panic: Option<Box<dyn Any + Send>>) -> JoinError {
        JoinError { id: self.control.id, panic: panic.map(Mutex::new) }
    }
}

/// The future that the executor runs.
struct Running<F: Future> {
    /// `None` once it has ended.
    future: Option<Pin<Box<F>>>,
    shared: Arc<Shared<F::Output>>,
}

impl<F: Future> Running<F> {
    fn end(&mut self, result: Result<F::Output, JoinError>) -> Poll<()> {
        // What the future holds is released before anyone hears of its end.
        self.future = None;
        self.shared.end(result);
        Poll::Ready(())
    }
}

impl<F: Future> Future for Running<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let control = &this.shared.control;
        if control.aborted.load(Ordering::Relaxed) {
            let error = this.shared.error(None);
            return this.end(Err(error));
        }
        *lock(&control.task) = Some(cx.waker().clone());
        let Some(future) = &mut this.future else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => this.end(Ok(output)),
            Err(panic) => {
                let error = this.shared.error(Some(panic));
                this.end(Err(error))
            }
        }
    }
}

impl<F: Future> Drop for Running<F> {
    fn drop(&mut self) {
        // Its process has died.
        if self.future.is_some() {
            let error = self.shared.error(None);
            let _ = self.end(Err(error));
        }
    }
}

/// Waits for a task. Dropping it leaves the task running.
pub struct JoinHandle<T>(Arc<Shared<T>>);

impl<T> JoinHandle<T> {
    /// Drops the task at its current await.
    pub fn abort(&self) {
        self.abort_handle().abort();
    }

    /// Returns a handle that aborts the task.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle(self.0.control.clone())
    }

    /// Returns whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.control.ended.load(Ordering::Relaxed)
    }

    /// Returns the number of the task.
    pub fn id(&self) -> Id {
        self.0.control.id
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("id", &self.id()).finish()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut output = lock(&self.0.output);
        match mem::replace(&mut *output, Output::Taken) {
            Output::Ready(result) => Poll::Ready(result),
            Output::Taken => panic!("a task was waited for twice"),
            Output::Awaited(_) => {
                *output = Output::Awaited(Some(cx.waker().clone()));
                Poll::Pending
            }
        }
    }
}

/// Aborts a task.
#[derive(Clone)]
pub struct AbortHandle(Arc<Control>);

impl AbortHandle {
    /// Drops the task at its current await.
    pub fn abort(&self) {
        self.0.aborted.store(true, Ordering::Relaxed);
        let task = lock(&self.0.task).take();
        if let Some(waker) = task {
            waker.wake();
        }
    }

    /// Returns whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }

    /// Returns the number of the task.
    pub fn id(&self) -> Id {
        self.0.id
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("id", &self.id()).finish()
    }
}

/// Runs a future as a task of the current process.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let control = Control {
        id: Id::next(),
        aborted: AtomicBool::new(false),
        ended: AtomicBool::new(false),
        task: Mutex::default(),
    };
    let shared =
        Arc::new(Shared { control: Arc::new(control), output: Mutex::new(Output::Awaited(None)) });
    let running = Running { future: Some(Box::pin(future)), shared: shared.clone() };
    world::current().spawn(Box::pin(running));
    JoinHandle(shared)
}

/// Runs a function as a task. It must not block: the simulation has one thread.
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    spawn(async move { work() })
}

/// Runs a function. It must not block: the simulation has one thread.
pub fn block_in_place<T>(work: impl FnOnce() -> T) -> T {
    work()
}
