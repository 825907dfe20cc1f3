//! An adapter, and the schedules that run with it.

use super::adapter::{Adapter, BadAdapter, Connections, Hello};
use super::drive::{self, Outcome, Ran, Timeout};
use super::patience::Patience;
use super::schedule::Schedule;
use crosswire_output::format::printable;
use mio::{Events, Poll};
use rustix::fs::{CWD, FileType, Mode};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Time without any event, while one must happen, after which a call is considered never to end.
/// This is the only clock, and a schedule that goes well never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Minimum of the time that an adapter may take to start: it may have much to load.
const START: Duration = Duration::from_mins(1);

/// First and last time-out for a client that gives up by time-out, in milliseconds. It is
/// multiplied by four each time the machine was slower.
const FIRST_TIMEOUT_MS: u64 = 40;
const LAST_TIMEOUT_MS: u64 = 2_560;

/// Time that a call of four commands may spend in read time-outs on a slow machine: patience with a
/// client that gives up by time-out is at least this long where it has to be.
pub const READ_TIMEOUTS: Duration = Duration::from_secs(11);

/// The reason why a schedule has no trace.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The adapter cannot be used.
    #[error(transparent)]
    Adapter(#[from] BadAdapter),
    /// The session was interrupted.
    #[error("stopped")]
    Stopped,
    /// A socket failed.
    #[error("the lockstep server: {0}")]
    Sockets(#[from] io::Error),
    /// A schedule ran twice and had two traces.
    #[error(
        "{name} ran twice and had two traces, which differ from line {line} on:\n  \
                 first:  {first}\n  second: {second}"
    )]
    TwoTraces {
        /// The schedule, by its seed or number.
        name: String,
        /// The line of its story, counted from 1.
        line: usize,
        /// That line in the first run.
        first: String,
        /// That line in the second run.
        second: String,
    },
}

type Start = Box<dyn FnMut(&mut Poll, Duration) -> Result<Adapter, SessionError> + Send>;

/// Longest wait before the stop flag is checked again.
pub(super) const GLANCE: Duration = Duration::from_millis(100);

/// A running adapter, which is restarted when it no longer answers.
pub struct Session {
    pub(super) poll: Poll,
    pub(super) events: Events,
    pub(super) adapter: Adapter,
    pub(super) patience: Patience,
    pub(super) gate: Gate,
    /// True once a client has been created and has come to rest: the adapter works in principle.
    pub(super) served: bool,
    /// The id of the last request.
    pub(super) last_id: u64,
    /// The last request, a line.
    pub(super) last_request: String,
    start: Start,
    stop: Arc<AtomicBool>,
}

impl Session {
    /// Starts an adapter: a program with its arguments. When `stop` is set, all waiting ends.
    ///
    /// # Errors
    /// The adapter cannot be started or sends no valid hello; or the session was interrupted.
    pub fn start(
        command: Vec<String>,
        patience: Duration,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, SessionError> {
        let stops = stop.clone();
        let start =
            move |poll: &mut Poll, patience| Adapter::start(&command, poll, patience, &stops);
        let session = Self::with(Box::new(start), patience)?;
        Ok(Self { stop: stop.clone(), ..session })
    }

    /// Creates a session with the adapter that `start` returns.
    pub(super) fn with(mut start: Start, patience: Duration) -> Result<Self, SessionError> {
        let mut poll = Poll::new()?;
        let adapter = start(&mut poll, patience.max(START))?;
        let (events, gate) = (Events::with_capacity(64), Gate::new()?);
        let stop = Arc::default();
        let (patience, served) = (Patience::new(patience), false);
        let last_request = String::new();
        Ok(Self {
            poll,
            events,
            adapter,
            patience,
            gate,
            served,
            last_id: 0,
            last_request,
            start,
            stop,
        })
    }

    /// Returns the adapter's description of itself.
    pub fn hello(&self) -> &Hello {
        self.adapter.hello()
    }

    /// Runs a schedule with a new client and returns the trace. If the adapter ends, fails or does
    /// not answer, the trace ends there, and the adapter is started again.
    ///
    /// # Errors
    /// The adapter wrote something that is not an answer, cannot be started again, or never got as
    /// far as a client at rest; or a socket failed.
    pub(super) fn run(&mut self, schedule: &Schedule) -> Result<Ran, SessionError> {
        let (mut ms, mut doubtful) = (FIRST_TIMEOUT_MS, None);
        loop {
            let timeout = Timeout { ms, may_be_early: ms >= LAST_TIMEOUT_MS };
            let ran = drive::run(self, schedule, timeout)?;
            match ran.outcome {
                Outcome::Over => return Ok(ran),
                // If a longer time-out changes nothing, the time-out was not the cause.
                Outcome::Doubtful if doubtful.as_ref() == Some(&ran.facts) => return Ok(ran),
                Outcome::Doubtful => doubtful = Some(ran.facts),
                Outcome::Silent | Outcome::Unjudged | Outcome::TooEarly => {
                    (self.adapter, self.gate) = (self.started()?, Gate::new()?);
                    if ran.outcome != Outcome::TooEarly {
                        return Ok(ran);
                    }
                }
            }
            ms *= 4;
        }
    }

    /// Adds the last request to the error of an adapter.
    pub(super) fn with_request(&self, error: SessionError) -> SessionError {
        match error {
            SessionError::Adapter(BadAdapter(why)) => {
                let request = printable(self.last_request.trim_end());
                BadAdapter(format!("{why}\nThe last request was {request}")).into()
            }
            other => other,
        }
    }

    fn started(&mut self) -> Result<Adapter, SessionError> {
        (self.start)(&mut self.poll, self.patience.full().max(START))
    }

    /// Returns whether the client uses one connection at a time.
    pub(super) fn has_one_connection(&self) -> bool {
        self.hello().connections == Connections::Shared
    }

    /// Waits for an event. Returns false if none happens in this time.
    pub(super) fn wait(&mut self, time: Duration) -> Result<bool, SessionError> {
        let mut left = time;
        while !left.is_zero() {
            if self.stop.load(Ordering::Relaxed) {
                return Err(SessionError::Stopped);
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

/// A named pipe, from which an adapter that holds still reads a byte.
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
        // Opened for both directions, the pipe never blocks waiting for its other end.
        let pipe = OpenOptions::new().read(true).write(true).open(&path)?;
        Ok(Self { pipe, path, _folder: folder })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the adapter continue.
    pub(super) fn open(&mut self) -> io::Result<()> {
        self.pipe.write_all(b"\n")
    }
}
