//! The adapter: a short program around a library, in any language, that reads requests and writes
//! answers as lines of JSON. `docs/adapter-protocol.md` specifies the protocol.

mod hello;
pub(super) mod lines;

pub use hello::{Calls, Cancel, Connections, Hello};

use super::session::{GLANCE, SessionError};
use crosswire_history::sync::Mutex;
use crosswire_output::format::printable;
use crosswire_process::Child;
use crosswire_protocol::Dialect;
use lines::{Lines, Said};
use mio::{Events, Poll};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// The version of the protocol that this build speaks.
pub const PROTOCOL: u64 = 1;

/// Number of lines of standard error that are kept, to be shown when the adapter ends.
const LAST_WORDS: usize = 6;

/// Time in which a process that closed its output must end.
const GRACE: Duration = Duration::from_secs(2);

/// The reason why an adapter cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAdapter(pub(super) String);

/// The end of an adapter's process or of its output.
#[derive(Debug)]
pub(super) struct Ended {
    /// How it ended, such as `the adapter ended (exit status: 3)`.
    pub(super) how: String,
    /// The last lines that it wrote on standard error.
    pub(super) last_words: Vec<String>,
}

/// The reason why an adapter gives no more answers.
#[derive(Debug)]
pub(super) enum Trouble {
    Ended(Ended),
    /// It wrote something that is not an answer.
    Wrong(BadAdapter),
}

/// An adapter that has sent its hello.
pub struct Adapter {
    hello: Hello,
    input: Box<dyn Write + Send>,
    output: Lines,
    process: Option<Process>,
}

/// The process of an adapter. Dropping it ends the process and everything that it started.
pub(super) struct Process {
    child: Child,
    last_words: Option<LastWords>,
}

/// The last lines that a process wrote on standard error.
struct LastWords {
    lines: Arc<Mutex<Vec<String>>>,
    /// Disconnected once no more lines can follow.
    end: Receiver<()>,
}

impl Adapter {
    /// Starts a program with its arguments and waits up to `patience` for its hello.
    ///
    /// # Errors
    /// The program cannot be started, ends, writes something else or nothing, or speaks another
    /// version of the protocol.
    pub(super) fn start(
        words: &[String],
        poll: &mut Poll,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Result<Self, SessionError> {
        let (program, args) = words.split_first().ok_or_else(|| {
            BadAdapter(
                "the adapter's command is empty; expected a program and its arguments".to_owned(),
            )
        })?;
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Child::start(&mut command).map_err(|error| {
            BadAdapter(format!("the adapter `{}` cannot be started: {error}", printable(program)))
        });
        let mut child = started?;
        let missing = || BadAdapter("the adapter has no standard input and output".to_owned());
        let (input, output) =
            child.leader().stdin.take().zip(child.leader().stdout.take()).ok_or_else(missing)?;
        let last_words = child.leader().stderr.take().map(keep_last);
        let process = Some(Process { child, last_words });
        Self::greeted(Box::new(input), output.into(), process, poll, (patience, stop))
    }

    /// Reads the hello of the adapter at the other end of two pipes.
    pub(super) fn greeted(
        input: Box<dyn Write + Send>,
        output: OwnedFd,
        process: Option<Process>,
        poll: &mut Poll,
        (patience, stop): (Duration, &AtomicBool),
    ) -> Result<Self, SessionError> {
        let output = Lines::of(output, poll.registry())?;
        let hello = Hello {
            crosswire: PROTOCOL,
            library: String::new(),
            version: String::new(),
            client: String::new(),
            runtime: None,
            connections: Connections::Shared,
            calls: Calls::Many,
            cancel: Cancel::Never,
            protocol: Dialect::Resp2,
            can: BTreeSet::new(),
            lacks: BTreeSet::new(),
        };
        let mut adapter = Self { hello, input, output, process };
        adapter.hello = match first(&mut adapter.output, poll, patience, stop)? {
            Some(Said::Line(line)) => hello::read(&line)?,
            Some(Said::NoLine(why)) => return Err(no_line(why).into()),
            Some(Said::End) => {
                return Err(BadAdapter::from(adapter.ended(" before its hello")).into());
            }
            None => {
                let seconds = patience.as_secs();
                return Err(BadAdapter(format!(
                    "the adapter wrote nothing for {seconds} s; expected its hello, a line of JSON"
                ))
                .into());
            }
        };
        Ok(adapter)
    }

    /// Returns the adapter's description of itself.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Writes these lines to the adapter. If it has ended, [`heard`](Self::heard) says so after
    /// everything that it wrote before.
    pub(super) fn tell(&mut self, lines: &str) {
        let _ = self.input.write_all(lines.as_bytes()).and_then(|()| self.input.flush());
    }

    /// Returns the next answer, if there is one.
    pub(super) fn heard(&mut self) -> Result<Option<Answer>, Trouble> {
        match self.output.next() {
            Some(Said::Line(line)) => answer_in(&line).map(Some).map_err(Trouble::Wrong),
            Some(Said::NoLine(why)) => Err(Trouble::Wrong(no_line(why))),
            Some(Said::End) => Err(Trouble::Ended(self.ended(""))),
            None => Ok(None),
        }
    }

    /// Describes the end of an adapter; `when` follows the verb.
    fn ended(&mut self, when: &str) -> Ended {
        let Some(process) = &mut self.process else {
            return Ended { how: format!("the adapter ended{when}"), last_words: Vec::new() };
        };
        let last_words = process.last_words.take().map(LastWords::all).unwrap_or_default();
        let how = match process.status() {
            Some(status) => format!("the adapter ended{when} ({status})"),
            None => format!("the adapter closed its output{when}"),
        };
        Ended { how, last_words }
    }
}

impl From<Ended> for BadAdapter {
    fn from(Ended { how, last_words }: Ended) -> Self {
        if last_words.is_empty() {
            return Self(how);
        }
        Self(format!("{how}; its standard error ended with:\n  {}", last_words.join("\n  ")))
    }
}

/// Waits for the first line of an adapter, until `patience` runs out, which returns nothing, or
/// `stop` is set.
fn first(
    lines: &mut Lines,
    poll: &mut Poll,
    patience: Duration,
    stop: &AtomicBool,
) -> Result<Option<Said>, SessionError> {
    let (mut left, mut events) = (patience, Events::with_capacity(8));
    loop {
        if let said @ Some(_) = lines.next() {
            return Ok(said);
        }
        if stop.load(Ordering::Relaxed) {
            return Err(SessionError::Stopped);
        }
        if left.is_zero() {
            return Ok(None);
        }
        let glance = left.min(GLANCE);
        match poll.poll(&mut events, Some(glance)) {
            Ok(()) if events.is_empty() => left -= glance,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
    }
}

impl Process {
    /// Returns the exit status. The pipes of a process close a moment before it ends, so this
    /// waits; `None` if the process keeps running with its pipes closed.
    #[expect(clippy::disallowed_methods, reason = "a process ends on real time, outside every run")]
    fn status(&mut self) -> Option<ExitStatus> {
        let pause = Duration::from_millis(5);
        for _ in 0..GRACE.as_millis() / pause.as_millis() {
            if let ended @ Some(_) = self.child.ended() {
                return ended;
            }
            thread::sleep(pause);
        }
        None
    }
}

impl LastWords {
    /// Returns all lines. A process that has ended writes no more, so the wait is short.
    fn all(self) -> Vec<String> {
        let _ = self.end.recv_timeout(GRACE);
        self.lines.lock().clone()
    }
}

/// The answer of an adapter to one request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) id: u64,
    #[serde(default, deserialize_with = "some")]
    pub(super) value: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) cancelled: bool,
}

/// Deserializes a `null` as a value, unlike a missing field.
fn some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(from).map(Some)
}

fn answer_in(line: &str) -> Result<Answer, BadAdapter> {
    let bad = |why: &dyn fmt::Display| {
        BadAdapter(format!(
            "the adapter wrote `{}`, which is not an answer: {why}; expected one like \
                         {{\"id\": 7, \"value\": \"a#1\"}}, or with `error` or `cancelled`",
            shown(line)
        ))
    };
    let answer: Answer = serde_json::from_str(line).map_err(|error| bad(&error))?;
    let kinds = [answer.value.is_some(), answer.error.is_some(), answer.cancelled];
    if kinds.iter().filter(|is_there| **is_there).count() != 1 {
        return Err(bad(&"it needs exactly one of `value`, `error` and `cancelled`"));
    }
    Ok(answer)
}

fn no_line(why: &str) -> BadAdapter {
    BadAdapter(format!("the adapter wrote {why}; expected one JSON object a line"))
}

/// Shortens a line for an error.
fn shown(line: &str) -> String {
    let line = line.trim_end();
    let start: String = line.chars().take(120).collect();
    printable(&start) + if start.len() < line.len() { "…" } else { "" }
}

/// Keeps the last lines that a process writes on standard error.
#[expect(clippy::disallowed_methods, reason = "a pipe is read on real time, outside every run")]
fn keep_last(errors: impl Read + Send + 'static) -> LastWords {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let (ends, end) = mpsc::channel();
    let last = Arc::clone(&lines);
    thread::spawn(move || {
        let _ends: mpsc::Sender<()> = ends;
        for line in BufReader::new(errors).split(b'\n').map_while(io::Result::ok) {
            let mut last = last.lock();
            last.push(shown(String::from_utf8_lossy(&line).trim_end()));
            let surplus = last.len().saturating_sub(LAST_WORDS);
            last.drain(..surplus);
        }
    });
    LastWords { lines, end }
}
