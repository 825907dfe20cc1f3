//! Scopes: the request and the call that the running code works for.
//!
//! The harness wraps the futures it starts, so that its edges know which request or call a byte was
//! written for without asking the code under test. A run lives on one thread, and so does its
//! scope.

use crate::ids::{CallId, RequestId};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A request and, within it, a call of the caching client. 0 means none.
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

/// Returns the scope of the code that is running now.
pub fn current() -> Scope {
    CURRENT.get()
}

/// Enters a scope until the guard is dropped.
#[must_use = "the scope ends when the guard is dropped"]
pub fn enter(scope: Scope) -> Entered {
    Entered { scope, before: CURRENT.replace(scope) }
}

/// Leaves the scope when dropped. Scopes are left in the reverse order of entering them.
pub struct Entered {
    scope: Scope,
    before: Scope,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CURRENT.replace(self.before);
        debug_assert_eq!(left, self.scope, "an inner scope is left before an outer one");
    }
}

pin_project_lite::pin_project! {
    /// A future that is polled and dropped within a scope.
    pub struct Scoped<F> {
        scope: Scope,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = enter(*this.scope);
            this.future.set(None);
        }
    }
}

impl<F: Future> Scoped<F> {
    /// Binds `future` to `scope`.
    pub fn new(scope: Scope, future: F) -> Self {
        Self { scope, future: Some(future) }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = enter(*this.scope);
        let future = this.future.as_pin_mut().expect("only dropping this takes the future away");
        future.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    struct Watch;

    impl Drop for Watch {
        fn drop(&mut self) {
            assert_eq!(current().call, CallId(5), "dropped outside its scope");
        }
    }

    #[test]
    fn a_scope_holds_while_its_future_runs_and_while_it_is_dropped() {
        let scope = Scope { request: RequestId(4), call: CallId(5) };
        let mut future = Box::pin(Scoped::new(scope, async {
            let _watch = Watch;
            assert_eq!(current(), Scope { request: RequestId(4), call: CallId(5) });
            std::future::pending::<()>().await;
        }));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(current(), Scope::default());
        drop(future);
        assert_eq!(current(), Scope::default());
    }
}
