//! Runs one schedule, driven by events and not by time.
//!
//! A step is taken when everything that the step before it causes has happened, which [`settle`]
//! waits for. Steps joined by `&` form a *breath*: they are taken while the adapter holds still, so
//! that its library sees all of them at once. A step about something that does not exist, such as a
//! reply to a command that has not arrived, is skipped, and the trace says so.
//!
//! [`settle`]: Drive::settle

mod at_server;
mod ports;
mod request;
mod settle;

use ports::Ports;
use request::{expected, request_line};

use super::adapter::{Answer, BadAdapter, Calls, Cancel, Ended, Trouble};
use super::schedule::{Act, CallId, Form, Request, Schedule, Step};
use super::server::{Instead, Server};
use super::session::{Session, SessionError};
use super::trace::{Asked, CommandId, EndedBy, Fact, WireId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Largest number of steps in a breath: the requests must fit into a pipe that the adapter is not
/// reading.
const LONGEST_BREATH: usize = 8;

/// Number of events after which a schedule is considered never to end.
const MOST_NEWS: u64 = 20_000;

/// The time-out given to a client that gives up by time-out, for calls that a step gives up.
#[derive(Clone, Copy)]
pub(super) struct Timeout {
    pub(super) ms: u64,
    /// If true, a time-out that ends a call before its step is accepted; otherwise the run is void.
    pub(super) may_be_early: bool,
}

/// The way a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Over,
    /// A call failed before the step that gives it up: because of an event, or by its time-out.
    Doubtful,
    /// A call never ended.
    Silent,
    /// The adapter did not answer, failed or ended.
    Unjudged,
    /// A call timed out before its step, because the machine was slow: the trace is void.
    TooEarly,
}

/// The reason why a run cannot go on.
enum Stop {
    /// Something must happen, and nothing does.
    Silent,
    /// The client never comes to rest.
    Restless,
    TooEarly,
    Unjudged(Unjudged),
    SessionError(SessionError),
}

/// The reason why the rest of a schedule cannot be judged.
struct Unjudged {
    /// The reason without its place in the schedule.
    why: String,
    last_words: Vec<String>,
}

/// A schedule that ran.
pub(super) struct Ran {
    pub(super) facts: Vec<Fact>,
    pub(super) outcome: Outcome,
    /// The last lines on standard error of an adapter that ended.
    pub(super) last_words: Vec<String>,
}

impl<E: Into<SessionError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::SessionError(error.into())
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ended(Ended { how, last_words }) => {
                Self::Unjudged(Unjudged { why: how, last_words })
            }
            Trouble::Wrong(bad) => bad.into(),
        }
    }
}

impl From<Unjudged> for BadAdapter {
    fn from(Unjudged { why, last_words }: Unjudged) -> Self {
        Ended { how: why, last_words }.into()
    }
}

/// A call as the driver tracks it.
struct Call {
    id: u64,
    /// The commands that the call must send, each with its id once it has arrived.
    expected: Vec<(Asked, Option<CommandId>)>,
    /// All commands that arrived for the call, including repeated ones.
    arrived: Vec<CommandId>,
    ended: bool,
    given_up: bool,
}

struct Drive<'a> {
    session: &'a mut Session,
    server: Server,
    facts: Vec<Fact>,
    /// Facts since the last step that are not in the trace yet: calls that ended, and what arrived
    /// on each connection.
    ended: Vec<Fact>,
    came: Vec<(WireId, Fact)>,
    calls: BTreeMap<CallId, Call>,
    /// Calls that a later step gives up.
    doomed: BTreeSet<CallId>,
    timeout: Timeout,
    doubtful: bool,
    /// If true, the server answers a library's own commands at once instead of when all is quiet.
    at_once: bool,
    /// The answer to a request that is not a call.
    answer: Option<Answer>,
    /// The place of the last step that was taken.
    taken: Option<usize>,
    /// The request that is not a call and has no answer yet.
    asked: Option<String>,
    /// The time that read time-outs of this schedule may take; zero if it has none.
    time_outs: Duration,
    /// Answered requests that are not calls.
    answered: BTreeSet<u64>,
    first_id: u64,
    news: u64,
    ports: Ports,
}

/// Runs a schedule and returns its trace.
pub(super) fn run(
    session: &mut Session,
    schedule: &Schedule,
    timeout: Timeout,
) -> Result<Ran, SessionError> {
    let lands = schedule.steps().iter().any(|step| matches!(step.act, Act::Land(_)));
    let server = Server::open(session.poll.registry(), session.hello().protocol, lands)?;
    let (port, first_id) = (server.port()?, session.last_id + 1);
    let given_up = schedule.steps().iter().filter(|step| matches!(step.act, Act::Cancel(_)));
    let doomed: BTreeSet<_> = given_up.map(|step| step.act.call()).collect();
    let mut drive = Drive {
        asked: None,
        time_outs: time_outs(session.hello().cancel, schedule, &doomed, timeout),
        server,
        facts: Vec::new(),
        ended: Vec::new(),
        came: Vec::new(),
        calls: BTreeMap::new(),
        doomed,
        timeout,
        doubtful: false,
        at_once: session.has_one_connection(),
        answer: None,
        taken: None,
        answered: BTreeSet::new(),
        first_id,
        news: 0,
        ports: Ports::new(port),
        session,
    };
    let mut last_words = Vec::new();
    let outcome = match drive.run(schedule, port) {
        Ok(()) if drive.doubtful => Outcome::Doubtful,
        Ok(()) => Outcome::Over,
        Err(Stop::SessionError(error)) => return Err(drive.session.with_request(error)),
        Err(Stop::TooEarly) => Outcome::TooEarly,
        Err(Stop::Unjudged(of)) if !drive.session.served => {
            let error = BadAdapter::from(of).into();
            return Err(drive.session.with_request(error));
        }
        Err(Stop::Unjudged(of)) => {
            drive.end_unjudged(schedule, &of.why);
            last_words = of.last_words;
            Outcome::Unjudged
        }
        Err(Stop::Restless) if drive.server.holds() || drive.open().next().is_none() => {
            let why = format!("the client did not come to rest in {MOST_NEWS} events");
            drive.end_unjudged(schedule, &why);
            Outcome::Unjudged
        }
        Err(Stop::Silent | Stop::Restless) => {
            drive.report();
            drive.note();
            let unsettled: Vec<_> = drive.open().map(|(call, _)| Fact::Unsettled(call)).collect();
            drive.facts.extend(unsettled);
            Outcome::Silent
        }
    };
    Ok(Ran { facts: drive.facts, outcome, last_words })
}

/// Returns the time that the read time-outs of a schedule may take: a client may wait that long for
/// each reply of a call, and once more when it begins.
fn time_outs(
    cancel: Cancel,
    schedule: &Schedule,
    doomed: &BTreeSet<CallId>,
    timeout: Timeout,
) -> Duration {
    if cancel != Cancel::ByTimeout {
        return Duration::ZERO;
    }
    let requests = schedule.requests().into_iter();
    let replies = requests.filter(|(call, _)| doomed.contains(call)).map(|(_, it)| it.commands());
    let most = replies.max().map_or(0, |most| most as u32 + 1);
    Duration::from_millis(timeout.ms) * most
}

/// Groups the steps, each with its place, into breaths. A step of the server about a call of the
/// same breath begins a new one, because nothing of that call has arrived yet.
fn breaths(schedule: &Schedule, calls: Calls) -> Vec<Vec<(usize, &Step)>> {
    let mut breaths: Vec<Vec<(usize, &Step)>> = Vec::new();
    for (place, step) in schedule.steps().iter().enumerate() {
        let joins = |breath: &&mut Vec<(usize, &Step)>| {
            let fresh = |(_, other): &(usize, &Step)| matches!(other.act, Act::Call(call, _) if call == step.act.call());
            let at_the_server = !matches!(step.act, Act::Call(..) | Act::Cancel(_));
            calls == Calls::Many
                && breath.last().is_some_and(|(_, last)| last.at_once)
                && breath.len() < LONGEST_BREATH
                && !(at_the_server && breath.iter().any(fresh))
        };
        match breaths.last_mut().filter(joins) {
            Some(breath) => breath.push((place, step)),
            None => breaths.push(vec![(place, step)]),
        }
    }
    breaths
}

impl Drive<'_> {
    fn run(&mut self, schedule: &Schedule, port: u16) -> Result<(), Stop> {
        self.request(json!({ "op": "connect", "host": "127.0.0.1", "port": port }))?;
        // This also waits for the rest of the previous client's activity.
        self.settle()?;
        self.session.served = true;
        for breath in breaths(schedule, self.session.hello().calls) {
            let holds_still = breath.len() > 1;
            if holds_still {
                let gate = self.session.gate.path().display().to_string();
                self.request(json!({ "op": "hold", "gate": gate }))?;
            }
            for (place, step) in breath {
                self.taken = Some(place);
                self.take(place, step)?;
            }
            if holds_still {
                self.session.gate.open()?;
            }
            self.settle()?;
        }
        self.facts.push(Fact::Epilogue);
        let resumed = self.server.resume_all();
        if !resumed.is_empty() {
            self.facts.extend(resumed);
            self.settle()?;
        }
        while let Some(landed) = self.server.land_next()? {
            self.facts.extend(landed);
            self.settle()?;
        }
        while let Some(sent) = self.server.send_next() {
            self.facts.extend(sent);
            self.settle()?;
        }
        self.request(json!({ "op": "close" }))
    }

    fn take(&mut self, place: usize, step: &Step) -> Result<(), Stop> {
        let call = step.act.call();
        let skipped = match &step.act {
            Act::Call(_, request) => {
                self.begin(call, request);
                None
            }
            Act::Cancel(_) => self.give_up(call)?,
            Act::Reply(_, Form::Value) => self.send(call, None, None),
            Act::Reply(_, form) => self.send(call, None, Some(Instead::Form(*form))),
            Act::Cut(_, at) => self.send(call, Some(*at), None),
            Act::Error(_, fault) => self.send(call, None, Some(Instead::Fault(*fault))),
            Act::Reset(_, place) => self.hang_up(call, *place, EndedBy::Reset)?,
            Act::Close(_, place) => self.hang_up(call, *place, EndedBy::Close)?,
            Act::Stall(_) => self.stall(call),
            Act::Resume(_) => self.resume(call),
            Act::Extra(_) => self.send_extra(call),
            Act::Land(_) => self.land(call)?,
            Act::Invalidate(_) => self.invalidate(call),
        };
        self.facts.extend(skipped.map(|why| Fact::Skipped(place, why)));
        Ok(())
    }

    fn begin(&mut self, call: CallId, request: &Request) {
        let expected = expected(call, request).into_iter().map(|asked| (asked, None)).collect();
        let mut line = request_line(call, request);
        if self.session.hello().cancel == Cancel::ByTimeout && self.doomed.contains(&call) {
            line["timeout_ms"] = self.timeout.ms.into();
        }
        let id = self.say(line);
        let (arrived, ended, given_up) = (Vec::new(), false, false);
        self.calls.insert(call, Call { id, expected, arrived, ended, given_up });
        self.facts.push(Fact::Began(call));
    }

    fn give_up(&mut self, call: CallId) -> Result<Option<&'static str>, Stop> {
        let how = self.session.hello().cancel;
        let turn = self.open().next().map(|(first, _)| first);
        let waits = self.is_held(call);
        let of = self.calls.get_mut(&call).expect("a schedule makes a call before it gives up");
        if of.ended {
            return Ok(Some("the call has ended"));
        }
        match how {
            Cancel::Never => return Ok(Some("this client cannot give up")),
            Cancel::ByTimeout if turn != Some(call) || !waits => {
                return Ok(Some("the call does not wait for a reply yet"));
            }
            Cancel::OnRequest | Cancel::ByTimeout => of.given_up = true,
        }
        let id = of.id;
        self.facts.push(Fact::GaveUp(call));
        if how == Cancel::OnRequest {
            self.say(json!({ "op": "cancel", "of": id }));
        } else {
            while self.calls.get(&call).is_some_and(|of| !of.ended) {
                self.look()?;
            }
        }
        Ok(None)
    }

    /// Returns the calls that have not ended.
    fn open(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.calls.iter().filter(|(_, of)| !of.ended).map(|(call, of)| (*call, of))
    }

    /// Ends the trace: what the adapter would have done is unknown.
    fn end_unjudged(&mut self, schedule: &Schedule, why: &str) {
        let place = match self.taken {
            _ if self.facts.contains(&Fact::Epilogue) => "after the last step".to_owned(),
            Some(taken) => format!("after `{}`", schedule.steps()[taken]),
            None => "before the first step".to_owned(),
        };
        // What a process sent before it ended is there by now, and belongs to its trace.
        let _ = self.server.look(false);
        self.report();
        self.note();
        self.facts.push(Fact::Unjudged(format!("{why} {place}")));
    }
}
