//! Single-flight: those who want the same relation at the same time share one read of it.
//!
//! Nobody flies the plane alone: whoever waits for a flight drives it, so it goes on when the
//! request that began it is dropped. Once nobody waits any more it stands still where it is.

use super::source::{Entries, Relation, Source};
use crate::directory::AsOf;
use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which flights may be joined.
pub(crate) trait Boarding: Send + Sync + 'static {
    /// Whether a flight may be joined that has or has not taken off.
    fn open(has_taken_off: bool) -> bool;
}

/// Right. A flight may be joined until it takes off, so what it brings was read after everybody
/// on it had asked; those who come later wait for it to land and share the next one. A change
/// that was made before anybody asked is in their answer, whichever gateway made it.
pub(crate) struct BeforeTakeOff;

impl Boarding for BeforeTakeOff {
    fn open(has_taken_off: bool) -> bool {
        !has_taken_off
    }
}

/// Mechanism 11, over-coalescing. A flight may be joined as long as it has not landed, so
/// somebody is given what was read before they asked, and before the change that made them ask.
/// A slow directory and people who give up wake it: a flight that all have left stands still,
/// with its answer on board, until somebody joins it long after. The documentation of Go's
/// `singleflight` has `Forget` for this; whoever does not know when to call it does not call it.
pub(crate) struct UntilLanded;

impl Boarding for UntilLanded {
    fn open(_: bool) -> bool {
        true
    }
}

type Landing = Shared<BoxFuture<'static, Result<AsOf<Entries>, io::ErrorKind>>>;

struct Flight {
    number: u64,
    has_taken_off: Arc<AtomicBool>,
    landing: Landing,
}

#[derive(Default)]
struct Board {
    flights: BTreeMap<Relation, Flight>,
    numbers: u64,
}

/// A source whose reads are shared.
pub(crate) struct SingleFlight<B> {
    source: Arc<dyn Source>,
    board: Mutex<Board>,
    boarding: PhantomData<B>,
}

impl<B: Boarding> SingleFlight<B> {
    pub(crate) fn over(source: Arc<dyn Source>) -> Self {
        Self { source, board: Mutex::default(), boarding: PhantomData }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A flight that may be joined: one that is there, or a new one.
    fn join(&self, relation: Relation) -> (u64, Landing) {
        let mut board = self.board();
        let before = board.flights.get(&relation);
        if let Some(flight) = before.filter(|flight| B::open(flight.has_taken_off())) {
            return (flight.number, flight.landing.clone());
        }
        let before = before.map(|flight| flight.landing.clone());
        board.numbers += 1;
        let number = board.numbers;
        let flight = self.planned(relation, number, before);
        let landing = flight.landing.clone();
        board.flights.insert(relation, flight);
        (number, landing)
    }

    /// A flight that takes off once the one before it has landed.
    fn planned(&self, relation: Relation, number: u64, before: Option<Landing>) -> Flight {
        let has_taken_off = Arc::new(AtomicBool::new(false));
        let (source, takes_off) = (self.source.clone(), has_taken_off.clone());
        let landing = async move {
            if let Some(before) = before {
                // Whatever it brings was read too early.
                let _ = before.await;
            }
            takes_off.store(true, Ordering::Relaxed);
            source.read(relation).await.map_err(|error| error.kind())
        };
        Flight { number, has_taken_off, landing: landing.boxed().shared() }
    }

    fn landed(&self, relation: Relation, number: u64) {
        let mut board = self.board();
        if board.flights.get(&relation).is_some_and(|flight| flight.number == number) {
            board.flights.remove(&relation);
        }
    }
}

impl Flight {
    fn has_taken_off(&self) -> bool {
        self.has_taken_off.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl<B: Boarding> Source for SingleFlight<B> {
    async fn read(&self, relation: Relation) -> io::Result<AsOf<Entries>> {
        let (number, landing) = self.join(relation);
        let result = landing.await;
        self.landed(relation, number);
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

    /// Counts its reads; each is as of the number of changes when it began, and ends when it is
    /// let through.
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
            *self.changes.lock().unwrap() += 1;
        }

        fn reads(&self) -> u64 {
            *self.reads.lock().unwrap()
        }
    }

    #[async_trait]
    impl Source for Slow {
        async fn read(&self, _: Relation) -> io::Result<AsOf<Entries>> {
            *self.reads.lock().unwrap() += 1;
            let commit = *self.changes.lock().unwrap();
            self.gate.acquire().await.map_err(io::Error::other)?.forget();
            Ok(AsOf { it: Vec::new(), commit })
        }
    }

    type Asking<'a> = Pin<Box<dyn Future<Output = io::Result<AsOf<Entries>>> + Send + 'a>>;

    /// Looks after each once more, and says what they were given, if anything.
    fn look(asking: &mut Asking<'_>) -> Option<u64> {
        match asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(read) => Some(read.unwrap().commit),
            Poll::Pending => None,
        }
    }

    #[test]
    fn many_who_ask_together_share_two_reads_at_most() {
        let slow = Slow::new();
        let shared = SingleFlight::<BeforeTakeOff>::over(slow.clone());
        let mut all: Vec<_> = (0..9).map(|_| shared.read(ANNS)).collect();
        assert!(all.iter_mut().all(|asking| look(asking).is_none()));
        slow.gate.add_permits(9);
        assert!(all.iter_mut().all(|asking| look(asking).is_some()));
        assert_eq!(slow.reads(), 2);
    }

    #[test]
    fn who_asks_after_a_change_is_given_it_only_if_a_flight_closes_at_take_off() {
        fn given<B: Boarding>() -> Option<u64> {
            let slow = Slow::new();
            let shared = SingleFlight::<B>::over(slow.clone());
            let mut early = shared.read(ANNS);
            assert_eq!(look(&mut early), None);
            slow.change();
            let mut late = shared.read(ANNS);
            assert_eq!(look(&mut late), None);
            slow.gate.add_permits(2);
            assert_eq!(look(&mut early), Some(0));
            look(&mut late)
        }
        assert_eq!(given::<BeforeTakeOff>(), Some(1));
        assert_eq!(given::<UntilLanded>(), Some(0));
    }

    #[test]
    fn a_flight_goes_on_without_the_one_who_began_it() {
        fn given<B: Boarding>() -> Option<u64> {
            let slow = Slow::new();
            let shared = SingleFlight::<B>::over(slow.clone());
            let mut first = shared.read(ANNS);
            assert_eq!(look(&mut first), None);
            let mut second = shared.read(ANNS);
            assert_eq!(look(&mut second), None);
            drop(first);
            slow.gate.add_permits(2);
            look(&mut second)
        }
        assert_eq!(given::<BeforeTakeOff>(), Some(0));
        assert_eq!(given::<UntilLanded>(), Some(0));
    }

    #[test]
    fn a_flight_that_all_have_left_is_old_when_it_is_joined() {
        fn given<B: Boarding>() -> Option<u64> {
            let slow = Slow::new();
            let shared = SingleFlight::<B>::over(slow.clone());
            let mut gives_up = shared.read(ANNS);
            assert_eq!(look(&mut gives_up), None);
            drop(gives_up);
            (0..5).for_each(|_| slow.change());
            slow.gate.add_permits(2);
            look(&mut shared.read(ANNS))
        }
        assert_eq!(given::<BeforeTakeOff>(), Some(5));
        assert_eq!(given::<UntilLanded>(), Some(0));
    }
}
