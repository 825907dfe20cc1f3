//! Single-flight: concurrent readers of a relation share one read.
//!
//! Every waiter polls the shared read, so it survives cancellation of the request that started it.
//! With no waiters left it is suspended, not dropped.

use super::source::{Entries, Source};
use crate::directory::{AtCommit, Relation};
use async_trait::async_trait;
use crosswire_history::sync::Mutex;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The policy for joining a read in progress.
pub(crate) trait JoinPolicy: Send + Sync + 'static {
    /// Returns true if a read that has or has not started may be joined.
    fn may_join(started: bool) -> bool;
}

/// Correct: a read may be joined until it starts, so its result was read after every waiter had
/// asked. Later readers wait for it to finish and share the next read. Each reader therefore sees
/// every change made before it asked, by any gateway.
pub(crate) struct JoinBeforeStart;

impl JoinPolicy for JoinBeforeStart {
    fn may_join(started: bool) -> bool {
        !started
    }
}

/// Mechanism 11, over-coalescing. A read may be joined until it is done, so a reader can receive a
/// result from before it asked, and from before the change that made it ask. The triggers are a
/// slow directory and cancelled requests: a read that all waiters have left is suspended with its
/// result, until another reader joins it much later. Go's `singleflight` documents `Forget` for
/// this, and code that does not know when to call it does not call it.
pub(crate) struct JoinUntilDone;

impl JoinPolicy for JoinUntilDone {
    fn may_join(_: bool) -> bool {
        true
    }
}

type SharedRead = Shared<BoxFuture<'static, Result<AtCommit<Entries>, io::ErrorKind>>>;

struct Flight {
    number: u64,
    started: Arc<AtomicBool>,
    read: SharedRead,
}

#[derive(Default)]
struct InFlight {
    reads: BTreeMap<Relation, Flight>,
    numbers: u64,
}

/// A source that shares reads.
pub(crate) struct SingleFlight<P> {
    source: Arc<dyn Source>,
    in_flight: Mutex<InFlight>,
    policy: PhantomData<P>,
}

impl<P: JoinPolicy> SingleFlight<P> {
    pub(crate) fn over(source: Arc<dyn Source>) -> Self {
        Self { source, in_flight: Mutex::default(), policy: PhantomData }
    }

    /// Joins a read that the policy admits, or starts a new one.
    fn join(&self, relation: Relation) -> (u64, SharedRead) {
        let mut in_flight = self.in_flight.lock();
        let before = in_flight.reads.get(&relation);
        if let Some(flight) = before.filter(|flight| P::may_join(flight.started())) {
            return (flight.number, flight.read.clone());
        }
        let before = before.map(|flight| flight.read.clone());
        in_flight.numbers += 1;
        let number = in_flight.numbers;
        let flight = self.start_after(relation, number, before);
        let read = flight.read.clone();
        in_flight.reads.insert(relation, flight);
        (number, read)
    }

    /// Creates a read that starts once the previous one is done.
    fn start_after(&self, relation: Relation, number: u64, before: Option<SharedRead>) -> Flight {
        let started = Arc::new(AtomicBool::new(false));
        let (source, start) = (self.source.clone(), started.clone());
        let read = async move {
            if let Some(before) = before {
                // The previous result was read too early.
                let _ = before.await;
            }
            start.store(true, Ordering::Relaxed);
            source.read(relation).await.map_err(|error| error.kind())
        };
        Flight { number, started, read: read.boxed().shared() }
    }

    fn finished(&self, relation: Relation, number: u64) {
        let mut in_flight = self.in_flight.lock();
        if in_flight.reads.get(&relation).is_some_and(|flight| flight.number == number) {
            in_flight.reads.remove(&relation);
        }
    }
}

impl Flight {
    fn started(&self) -> bool {
        self.started.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl<P: JoinPolicy> Source for SingleFlight<P> {
    async fn read(&self, relation: Relation) -> io::Result<AtCommit<Entries>> {
        let (number, read) = self.join(relation);
        let result = read.await;
        self.finished(relation, number);
        result.map_err(io::Error::from)
    }

    fn changed(&self, relation: Relation) {
        self.source.changed(relation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::UserId;
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};
    use tokio::sync::Semaphore;

    const ANNS: Relation = Relation::Cameras(UserId(1));

    /// A source that counts its reads. Each read is valid as of the number of changes when it
    /// began, and ends when the gate admits it.
    struct Slow {
        changes: Mutex<u64>,
        reads: Mutex<u64>,
        gate: Semaphore,
    }

    impl Slow {
        fn new() -> Arc<Self> {
            let (changes, reads) = (Mutex::default(), Mutex::default());
            Arc::new(Self { changes, reads, gate: Semaphore::new(0) })
        }

        fn change(&self) {
            *self.changes.lock() += 1;
        }

        fn reads(&self) -> u64 {
            *self.reads.lock()
        }
    }

    #[async_trait]
    impl Source for Slow {
        async fn read(&self, _: Relation) -> io::Result<AtCommit<Entries>> {
            *self.reads.lock() += 1;
            let commit = *self.changes.lock();
            self.gate.acquire().await.map_err(io::Error::other)?.forget();
            Ok(AtCommit { value: Vec::new(), commit })
        }
    }

    type Asking<'a> = Pin<Box<dyn Future<Output = io::Result<AtCommit<Entries>>> + Send + 'a>>;

    /// Polls a reader once, and returns the commit it received, if any.
    fn poll(asking: &mut Asking<'_>) -> Option<u64> {
        match asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(read) => Some(read.unwrap().commit),
            Poll::Pending => None,
        }
    }

    #[test]
    fn concurrent_readers_share_at_most_two_reads() {
        let slow = Slow::new();
        let shared = SingleFlight::<JoinBeforeStart>::over(slow.clone());
        let mut all: Vec<_> = (0..9).map(|_| shared.read(ANNS)).collect();
        assert!(all.iter_mut().all(|asking| poll(asking).is_none()));
        slow.gate.add_permits(9);
        assert!(all.iter_mut().all(|asking| poll(asking).is_some()));
        assert_eq!(slow.reads(), 2);
    }

    #[test]
    fn a_reader_after_a_change_sees_it_only_if_reads_close_when_they_start() {
        fn given<P: JoinPolicy>() -> Option<u64> {
            let slow = Slow::new();
            let shared = SingleFlight::<P>::over(slow.clone());
            let mut early = shared.read(ANNS);
            assert_eq!(poll(&mut early), None);
            slow.change();
            let mut late = shared.read(ANNS);
            assert_eq!(poll(&mut late), None);
            slow.gate.add_permits(2);
            assert_eq!(poll(&mut early), Some(0));
            poll(&mut late)
        }
        assert_eq!(given::<JoinBeforeStart>(), Some(1));
        assert_eq!(given::<JoinUntilDone>(), Some(0));
    }

    #[test]
    fn a_read_survives_the_reader_that_started_it() {
        fn given<P: JoinPolicy>() -> Option<u64> {
            let slow = Slow::new();
            let shared = SingleFlight::<P>::over(slow.clone());
            let mut first = shared.read(ANNS);
            assert_eq!(poll(&mut first), None);
            let mut second = shared.read(ANNS);
            assert_eq!(poll(&mut second), None);
            drop(first);
            slow.gate.add_permits(2);
            poll(&mut second)
        }
        assert_eq!(given::<JoinBeforeStart>(), Some(0));
        assert_eq!(given::<JoinUntilDone>(), Some(0));
    }

    #[test]
    fn an_abandoned_read_is_stale_when_it_is_joined() {
        fn given<P: JoinPolicy>() -> Option<u64> {
            let slow = Slow::new();
            let shared = SingleFlight::<P>::over(slow.clone());
            let mut gives_up = shared.read(ANNS);
            assert_eq!(poll(&mut gives_up), None);
            drop(gives_up);
            (0..5).for_each(|_| slow.change());
            slow.gate.add_permits(2);
            poll(&mut shared.read(ANNS))
        }
        assert_eq!(given::<JoinBeforeStart>(), Some(5));
        assert_eq!(given::<JoinUntilDone>(), Some(0));
    }
}
