//! On whose behalf the code that runs now is running.
//!
//! The harness wraps the futures it starts, so that its edges can tell which request or call a
//! byte was written for without asking the code under test. A run lives on one thread; the
//! scope is that thread's.

use crate::ids::{CallId, RequestId};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A request and, within it, a call of the caching client; 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The request.
    pub request: RequestId,
    /// The call.
    pub call: CallId,
}

thread_local! {
    static CURRENT: Cell<Scope> = const { Cell::new(Scope { request: RequestId(0), call: CallId(0) }) };
}

/// The scope of the code that runs now.
pub fn current() -> Scope {
    CURRENT.get()
}

/// Enters a scope until the guard is dropped.
#[must_use = "the scope ends when the guard is dropped"]
pub fn enter(scope: Scope) -> Entered {
    Entered { before: CURRENT.replace(scope) }
}

/// Leaves the scope when dropped.
pub struct Entered {
    before: Scope,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}

/// A future that is polled, and dropped, within a scope.
pub struct Scoped<F> {
    scope: Scope,
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Scoped<F> {
    /// Binds `future` to `scope`.
    pub fn new(scope: Scope, future: F) -> Self {
        Self { scope, future: Some(Box::pin(future)) }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let _entered = enter(self.scope);
        match &mut self.future {
            Some(future) => future.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

impl<F> Drop for Scoped<F> {
    fn drop(&mut self) {
        let _entered = enter(self.scope);
        self.future = None;
    }
}
