//! One adapter, and all schedules that are played with it.

use super::adapter::{Adapter, BadAdapter, Connections, Hello};
use super::drive::{self, Outcome, Timeout};
use super::schedule::Schedule;
use super::trace::Fact;
use mio::{Events, Poll, Token, Waker};
use rustix::fs::{CWD, FileType, Mode};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long nothing at all may happen, while something must, before a call is said never to end.
/// It is the one clock there is, and no schedule that goes well ever waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long an adapter may take to start, at least: it may have much to load.
const START: Duration = Duration::from_mins(1);

/// How long a client that gives up by time-out waits for a reply, in milliseconds: four times as
/// long whenever the machine was slower than that, but no longer than the last.
const FIRST_TIMEOUT_MS: u64 = 40;
const LAST_TIMEOUT_MS: u64 = 2_560;

const LINES: Token = Token(1);

/// Why a schedule has no trace.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The adapter is of no use.
    #[error(transparent)]
    Adapter(#[from] BadAdapter),
    /// Somebody has asked to stop.
    #[error("stopped")]
    Stopped,
    /// The sockets are.
    #[error("the lockstep server: {0}")]
    Sockets(#[from] io::Error),
    /// The same did not come of the same.
    #[error(
        "schedule {nth} was played twice and had two traces; they differ from line {line} on:\n  \
         first:  {first}\n  second: {second}"
    )]
    TwoTraces {
        /// Which schedule, counted from 1.
        nth: u64,
        /// Which line of its story, counted from 1.
        line: usize,
        /// That line, the first time.
        first: String,
        /// The second time.
        second: String,
    },
}

type Start = Box<dyn FnMut(&Arc<Waker>, Duration) -> Result<Adapter, Trouble>>;

/// How long is waited at a time before it is looked whether to stop.
pub(super) const GLANCE: Duration = Duration::from_millis(100);

/// An adapter that runs, and is started again if it no longer answers.
pub struct Session {
    pub(super) poll: Poll,
    pub(super) events: Events,
    pub(super) adapter: Adapter,
    pub(super) patience: Duration,
    pub(super) gate: Gate,
    /// The id of the request that was made last.
    pub(super) last_id: u64,
    waker: Arc<Waker>,
    start: Start,
    stop: Arc<AtomicBool>,
}

impl Session {
    /// Starts an adapter: a program and its arguments. When `stop` is set, nothing is waited for any
    /// more.
    ///
    /// # Errors
    /// It cannot be started, or says no hello that is understood; or it was stopped.
    pub fn start(
        command: Vec<String>,
        patience: Duration,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, Trouble> {
        let stops = stop.clone();
        let start =
            move |waker: &Arc<Waker>, patience| Adapter::start(&command, waker, patience, &stops);
        let session = Self::with(Box::new(start), patience)?;
        Ok(Self { stop: stop.clone(), ..session })
    }

    /// Starts whatever `start` starts.
    pub(super) fn with(mut start: Start, patience: Duration) -> Result<Self, Trouble> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), LINES)?);
        let adapter = start(&waker, patience.max(START))?;
        let (events, gate) = (Events::with_capacity(64), Gate::new()?);
        let stop = Arc::default();
        Ok(Self { poll, events, adapter, patience, gate, last_id: 0, waker, start, stop })
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
        let (mut ms, mut doubtful) = (FIRST_TIMEOUT_MS, None);
        loop {
            let timeout = Timeout { ms, may_be_early: ms >= LAST_TIMEOUT_MS };
            let (facts, outcome) = drive::play(self, schedule, timeout)?;
            match outcome {
                Outcome::Over => return Ok(facts),
                // What a longer time-out does not change was not brought about by it.
                Outcome::Doubtful if doubtful.as_ref() == Some(&facts) => return Ok(facts),
                Outcome::Doubtful => doubtful = Some(facts),
                Outcome::Silent | Outcome::TooEarly => {
                    (self.adapter, self.gate) = (self.started()?, Gate::new()?);
                    if outcome == Outcome::Silent {
                        return Ok(facts);
                    }
                }
            }
            ms *= 4;
        }
    }

    fn started(&mut self) -> Result<Adapter, Trouble> {
        (self.start)(&self.waker, self.patience.max(START))
    }

    /// Whether the client uses one connection at a time.
    pub(super) fn has_one_connection(&self) -> bool {
        self.hello().connections == Connections::Shared
    }

    /// Waits for something to happen; says whether anything did before patience ran out.
    pub(super) fn wait(&mut self) -> Result<bool, Trouble> {
        let mut left = self.patience;
        while !left.is_zero() {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Trouble::Stopped);
            }
            let glance = left.min(GLANCE);
            match self.poll.poll(&mut self.events, Some(glance)) {
                Ok(()) if !self.events.is_empty() => return Ok(true),
                Ok(()) => left -= glance,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }
}

/// A pipe with a name, from which an adapter that holds still reads a byte.
pub(super) struct Gate {
    pipe: File,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Gate {
    fn new() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("gate");
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
        // Whoever has it open for both never waits for the other end.
        let pipe = OpenOptions::new().read(true).write(true).open(&path)?;
        Ok(Self { pipe, path, _folder: folder })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the adapter go on.
    pub(super) fn open(&mut self) -> io::Result<()> {
        self.pipe.write_all(b"\n")
    }
}
