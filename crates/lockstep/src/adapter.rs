//! The adapter: a short program around a library, in any language, that takes JSON lines and answers
//! with JSON lines. `docs/adapter-protocol.md` is its page.

use super::session::{GLANCE, Trouble};
use crosswire_output::text::printable;
use crosswire_process::Child;
use mio::Waker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The version of the protocol that is spoken.
pub const PROTOCOL: u64 = 1;

/// A longer line is no line of the protocol.
const LONGEST_LINE: u64 = 1 << 20;

/// How many of its last lines on standard error are kept, for when it ends.
const LAST_WORDS: usize = 6;

/// How long a process that has closed its output may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// How a library uses a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Connections {
    /// One call at a time has it: no command is sent while another call's reply is to come.
    Exclusive,
    /// Calls share it, and their commands follow one another without waiting.
    Shared,
}

/// How many calls a client takes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Calls {
    /// One: the next one begins when it has ended.
    One,
    /// Many.
    Many,
}

/// How a caller can give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cancel {
    /// When it is told to.
    OnRequest,
    /// By the library's own time-out, and so by a reply that does not come.
    ByTimeout,
    /// Not at all.
    Never,
}

/// What an adapter says of itself in its first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hello {
    /// The version of the protocol.
    pub crosswire: u64,
    /// The name of the library.
    pub library: String,
    /// Its version, as the library itself tells it where it can.
    pub version: String,
    /// Which client of the library it is.
    pub client: String,
    /// How it uses a connection.
    pub connections: Connections,
    /// How many calls it takes at a time.
    pub calls: Calls,
    /// How a caller can give up.
    pub cancel: Cancel,
}

impl fmt::Display for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { library, version, client, .. } = self;
        write!(f, "{} {} ({})", printable(library), printable(version), printable(client))
    }
}

/// Why an adapter is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAdapter(pub(super) String);

/// Something that an adapter said.
pub(super) enum Said {
    Line(String),
    /// It wrote what is no line.
    NoLine(&'static str),
    End,
}

/// An adapter that has said hello.
pub struct Adapter {
    hello: Hello,
    input: Box<dyn Write + Send>,
    said: Receiver<Said>,
    process: Option<Process>,
}

/// It ends with the value, and all that it started.
pub(super) struct Process {
    child: Child,
    last_words: Option<LastWords>,
}

/// The last lines of what a process wrote on standard error.
struct LastWords {
    lines: Arc<Mutex<Vec<String>>>,
    /// Disconnected when there will be no more.
    end: Receiver<()>,
}

impl Adapter {
    /// Starts a program with its arguments and takes its hello, for which it has `patience`.
    ///
    /// # Errors
    /// It cannot be started, ends, says nothing or something else, or speaks another version.
    pub(super) fn start(
        words: &[String],
        waker: &Arc<Waker>,
        patience: Duration,
        stop: &AtomicBool,
    ) -> Result<Self, Trouble> {
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
        Self::greeted(Box::new(input), output, process, waker, (patience, stop))
    }

    /// Takes the hello of whoever is at the other end of two pipes.
    pub(super) fn greeted(
        input: Box<dyn Write + Send>,
        output: impl Read + Send + 'static,
        process: Option<Process>,
        waker: &Arc<Waker>,
        (patience, stop): (Duration, &AtomicBool),
    ) -> Result<Self, Trouble> {
        let said = listen(output, Arc::clone(waker));
        let hello = Hello {
            crosswire: PROTOCOL,
            library: String::new(),
            version: String::new(),
            client: String::new(),
            connections: Connections::Shared,
            calls: Calls::Many,
            cancel: Cancel::Never,
        };
        let mut adapter = Self { hello, input, said, process };
        adapter.hello = match first(&adapter.said, patience, stop)? {
            Ok(Said::Line(line)) => hello_in(&line)?,
            Ok(Said::NoLine(why)) => return Err(no_line(why).into()),
            Ok(Said::End) | Err(RecvTimeoutError::Disconnected) => {
                return Err(adapter.ended("before its hello").into());
            }
            Err(RecvTimeoutError::Timeout) => {
                let seconds = patience.as_secs();
                return Err(BadAdapter(format!(
                    "the adapter said nothing for {seconds} s; expected its hello, a line of JSON"
                ))
                .into());
            }
        };
        Ok(adapter)
    }

    /// What it says of itself.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Tells it these lines.
    pub(super) fn tell(&mut self, lines: &str) -> Result<(), BadAdapter> {
        let told = self.input.write_all(lines.as_bytes()).and_then(|()| self.input.flush());
        told.map_err(|_| self.ended("while it was used"))
    }

    /// The next thing that it has said, if there is one.
    pub(super) fn heard(&mut self) -> Result<Option<Answer>, BadAdapter> {
        match self.said.try_recv() {
            Ok(Said::Line(line)) => answer_in(&line).map(Some),
            Ok(Said::NoLine(why)) => Err(no_line(why)),
            Ok(Said::End) | Err(TryRecvError::Disconnected) => Err(self.ended("while it was used")),
            Err(TryRecvError::Empty) => Ok(None),
        }
    }

    /// That it has ended, with its last words.
    fn ended(&mut self, when: &str) -> BadAdapter {
        let Some(process) = &mut self.process else {
            return BadAdapter(format!("the adapter ended {when}"));
        };
        let words = process.last_words.take().map(LastWords::all).unwrap_or_default();
        let mut told = match process.status() {
            Some(status) => format!("the adapter ended {when} ({status})"),
            None => format!("the adapter closed its output {when}"),
        };
        if !words.is_empty() {
            told = format!("{told}; its last words:\n  {}", words.join("\n  "));
        }
        BadAdapter(told)
    }
}

/// The first thing that is said, which is waited for as long as there is patience, or until `stop` is
/// set.
fn first(
    said: &Receiver<Said>,
    patience: Duration,
    stop: &AtomicBool,
) -> Result<Result<Said, RecvTimeoutError>, Trouble> {
    let mut left = patience;
    while !left.is_zero() {
        if stop.load(Ordering::Relaxed) {
            return Err(Trouble::Stopped);
        }
        let glance = left.min(GLANCE);
        match said.recv_timeout(glance) {
            Err(RecvTimeoutError::Timeout) => left -= glance,
            first => return Ok(first),
        }
    }
    Ok(Err(RecvTimeoutError::Timeout))
}

impl Process {
    /// How it ended. Its pipes are closed a moment before that is known, so it is waited for; `None`
    /// when it goes on with its pipes closed.
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
    /// All of them, for which it waits a moment: a process that has ended writes no more.
    fn all(self) -> Vec<String> {
        let _ = self.end.recv_timeout(GRACE);
        self.lines.lock().map(|lines| lines.clone()).unwrap_or_default()
    }
}

/// An answer of the adapter to one request.
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

/// A `null` that is there is a value.
fn some<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(from).map(Some)
}

fn answer_in(line: &str) -> Result<Answer, BadAdapter> {
    let bad = |why: &dyn fmt::Display| {
        BadAdapter(format!(
            "the adapter wrote `{}`, which is no answer: {why}; expected one like \
             {{\"id\": 7, \"value\": \"a#1\"}}, or with `error` or `cancelled`",
            shown(line)
        ))
    };
    let answer: Answer = serde_json::from_str(line).map_err(|error| bad(&error))?;
    let kinds = [answer.value.is_some(), answer.error.is_some(), answer.cancelled];
    if kinds.iter().filter(|is_there| **is_there).count() != 1 {
        return Err(bad(&"it has not one of `value`, `error` and `cancelled`"));
    }
    Ok(answer)
}

fn hello_in(line: &str) -> Result<Hello, BadAdapter> {
    let bad = |why: &dyn fmt::Display| {
        BadAdapter(format!(
            "the adapter's first line is `{}`, which is no hello: {why}; see \
             docs/adapter-protocol.md",
            shown(line)
        ))
    };
    let object: serde_json::Value = serde_json::from_str(line).map_err(|error| bad(&error))?;
    match object.get("crosswire").map(serde_json::Value::as_u64) {
        Some(Some(PROTOCOL)) => serde_json::from_value(object).map_err(|error| bad(&error)),
        Some(Some(other)) => Err(BadAdapter(format!(
            "the adapter speaks version {other} of the protocol; this build speaks {PROTOCOL}"
        ))),
        _ => Err(bad(&"`crosswire`, the version of the protocol, is missing")),
    }
}

fn no_line(why: &str) -> BadAdapter {
    BadAdapter(format!("the adapter wrote {why}; expected JSON, a line each"))
}

/// As much of a line as an error needs.
fn shown(line: &str) -> String {
    let line = line.trim_end();
    let start: String = line.chars().take(120).collect();
    printable(&start) + if start.len() < line.len() { "…" } else { "" }
}

/// Hands on each line as it comes, and wakes whoever waits for one.
#[expect(clippy::disallowed_methods, reason = "a pipe is read on real time, outside every run")]
pub(super) fn listen(output: impl Read + Send + 'static, waker: Arc<Waker>) -> Receiver<Said> {
    let (to, said) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(output);
        loop {
            let line = next_line(&mut lines);
            let last = !matches!(line, Said::Line(_));
            if to.send(line).is_err() || waker.wake().is_err() || last {
                return;
            }
        }
    });
    said
}

fn next_line(lines: &mut impl BufRead) -> Said {
    let mut line = Vec::new();
    match lines.take(LONGEST_LINE).read_until(b'\n', &mut line) {
        Ok(0) | Err(_) => Said::End,
        Ok(_) if line.len() as u64 == LONGEST_LINE => Said::NoLine("a line of 1 MiB or more"),
        Ok(_) => {
            String::from_utf8(line).map_or(Said::NoLine("what is no text in UTF-8"), Said::Line)
        }
    }
}

/// Keeps the last lines of what a process writes on standard error.
#[expect(clippy::disallowed_methods, reason = "a pipe is read on real time, outside every run")]
fn keep_last(errors: impl Read + Send + 'static) -> LastWords {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let (ends, end) = mpsc::channel();
    let last = Arc::clone(&lines);
    thread::spawn(move || {
        let _ends: mpsc::Sender<()> = ends;
        for line in BufReader::new(errors).split(b'\n').map_while(io::Result::ok) {
            let Ok(mut last) = last.lock() else { return };
            last.push(shown(String::from_utf8_lossy(&line).trim_end()));
            let surplus = last.len().saturating_sub(LAST_WORDS);
            last.drain(..surplus);
        }
    });
    LastWords { lines, end }
}
