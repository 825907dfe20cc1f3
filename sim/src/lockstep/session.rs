//! One adapter, and all schedules that are played with it.

use super::adapter::{Adapter, BadAdapter, Hello};
use super::drive;
use super::schedule::Schedule;
use super::trace::Fact;
use mio::{Events, Poll, Token, Waker};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long nothing at all may happen, while something must, before a call is said never to end.
/// It is the one clock there is, and no schedule that goes well ever waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long an adapter may take to start, at least: it may have much to load.
const START: Duration = Duration::from_secs(60);

const LINES: Token = Token(1);

/// Why a schedule has no trace.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The adapter is of no use.
    #[error(transparent)]
    Adapter(#[from] BadAdapter),
    /// The sockets are.
    #[error("the lockstep server: {0}")]
    Sockets(#[from] io::Error),
}

type Start = Box<dyn FnMut(&Arc<Waker>, Duration) -> Result<Adapter, BadAdapter>>;

/// An adapter that runs, and is started again if it no longer answers.
pub struct Session {
    pub(super) poll: Poll,
    pub(super) events: Events,
    pub(super) adapter: Adapter,
    pub(super) patience: Duration,
    /// The id of the request that was made last.
    pub(super) last_id: u64,
    waker: Arc<Waker>,
    start: Start,
}

impl Session {
    /// Starts an adapter: a program and its arguments.
    ///
    /// # Errors
    /// It cannot be started, or says no hello that is understood.
    pub fn start(command: Vec<String>, patience: Duration) -> Result<Self, Trouble> {
        let start = move |waker: &Arc<Waker>, patience| Adapter::start(&command, waker, patience);
        Self::with(Box::new(start), patience)
    }

    /// Starts whatever `start` starts.
    pub(super) fn with(mut start: Start, patience: Duration) -> Result<Self, Trouble> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), LINES)?);
        let adapter = start(&waker, patience.max(START))?;
        let events = Events::with_capacity(64);
        Ok(Self { poll, events, adapter, patience, last_id: 0, waker, start })
    }

    /// What the adapter says of itself.
    pub fn hello(&self) -> &Hello {
        self.adapter.hello()
    }

    /// Plays a schedule from a new client to its end, and says what was seen.
    ///
    /// # Errors
    /// The adapter has ended or says what is no answer; a socket fails.
    pub fn play(&mut self, schedule: &Schedule) -> Result<Vec<Fact>, Trouble> {
        let (facts, silent) = drive::play(self, schedule)?;
        if silent {
            self.adapter = (self.start)(&self.waker, self.patience.max(START))?;
        }
        Ok(facts)
    }

    /// Waits for something to happen; says whether anything did before patience ran out.
    pub(super) fn wait(&mut self) -> io::Result<bool> {
        loop {
            match self.poll.poll(&mut self.events, Some(self.patience)) {
                Ok(()) => return Ok(!self.events.is_empty()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
