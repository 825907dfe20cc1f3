//! Cancellation at a chosen await: a user gives up just as a call of the caching client waits. Part
//! of the harness.
//!
//! A suspension is a poll of a client's call that returns `Pending`. Suspensions are numbered from
//! 1 over the whole run, so a plan can be run with a cancellation at the k-th, for every k. In a
//! storm each suspension visits the fault point `call-cancelled`, which cancels in the same way.

use crosswire_history::{Fact, Journal, NodeId, Point, RequestId, scope};
use crosswire_net::Net;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

/// The chosen cancellation of a run, and its count of suspensions. Clones are handles to the same
/// run.
#[derive(Clone)]
pub struct Cancellation(Arc<Inner>);

struct Inner {
    net: Net,
    journal: Journal,
    at: Option<u64>,
    seen: AtomicU64,
    give_up: OnceLock<GiveUp>,
}

/// Makes the sender of a gateway's request give up, so that its work is dropped at its current
/// await.
type GiveUp = Arc<dyn Fn(NodeId, RequestId) + Send + Sync>;

impl Cancellation {
    /// Cancels at the `at`-th suspension of the run, and wherever the fault point fires.
    pub fn new(net: &Net, journal: &Journal, at: Option<u64>) -> Self {
        Self(Arc::new(Inner {
            net: net.clone(),
            journal: journal.clone(),
            at,
            seen: AtomicU64::new(0),
            give_up: OnceLock::new(),
        }))
    }

    /// Sets the way in which a request is given up. The first call counts; without one nothing is
    /// cancelled.
    pub fn on_cancel(&self, give_up: impl Fn(NodeId, RequestId) + Send + Sync + 'static) {
        let _ = self.0.give_up.set(Arc::new(give_up));
    }

    /// Returns the number of suspensions so far.
    pub fn seen(&self) -> u64 {
        self.0.seen.load(Ordering::Relaxed)
    }

    /// Watches a call of `node`'s client at each of its awaits.
    pub(crate) fn watch<F>(&self, node: NodeId, call: F) -> Watched<F> {
        Watched { call, node, cancellation: self.clone(), held: Arc::default() }
    }

    /// Counts a suspension and returns whether to cancel at it.
    fn cancels_now(&self, node: NodeId) -> bool {
        let Inner { net, journal, at, seen, .. } = &*self.0;
        let number = seen.fetch_add(1, Ordering::Relaxed) + 1;
        let chosen = *at == Some(number);
        if chosen {
            journal.record(net.now_ms(), node, Fact::Fired { point: Point::CallCancelled });
        }
        // Visit the point in any case: a chosen cancellation must not move another.
        net.fires(node, Point::CallCancelled).is_some() || chosen
    }
}

pin_project_lite::pin_project! {
    /// A client's call that can be cancelled at each of its awaits.
    ///
    /// After the suspension, the call is not polled until the gateway's task is dropped, in the
    /// same millisecond: the call ends at exactly that await. If the service has moved the call off
    /// the request's task and it outlives the request, it then continues undisturbed.
    pub(crate) struct Watched<F> {
        #[pin]
        call: F,
        node: NodeId,
        cancellation: Cancellation,
        held: Arc<AtomicBool>,
    }
}

impl<F: Future> Future for Watched<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.held.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let polled = this.call.poll(cx);
        if polled.is_ready() || !this.cancellation.cancels_now(*this.node) {
            return polled;
        }
        if let Some(give_up) = this.cancellation.0.give_up.get().cloned() {
            this.held.store(true, Ordering::Relaxed);
            let (held, waker) = (this.held.clone(), cx.waker().clone());
            let (node, request) = (*this.node, scope::current().request);
            // Not here: the code that polls may hold a lock that giving up needs.
            this.cancellation.0.net.later(0, move || {
                give_up(node, request);
                held.store(false, Ordering::Relaxed);
                waker.wake();
            });
        }
        polled
    }
}
