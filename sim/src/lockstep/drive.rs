//! Plays one schedule, by events and not by time.
//!
//! After each step the driver waits until all has happened that the step brings about:
//!
//! - If the server holds no reply and a call has not ended, something must happen: the call's
//!   command arrives, or it ends. That is waited for.
//! - Otherwise the adapter is asked for a `barrier`, which it answers when its library has nothing
//!   more to do before another byte comes. Two of them without news between are quiet.
//! - A client that takes one call at a time must send it or end it, unless a reply to it is held.
//!
//! A step that is about something that is not there, such as a reply to a command that has not
//! arrived, is passed over, and the trace says so.

use super::adapter::{Answer, BadAdapter, Calls, Cancel};
use super::schedule::{Act, CallId, Request, Schedule, Single, Step};
use super::server::{Seen, Server};
use super::session::{Session, Trouble};
use super::trace::{Asked, CommandId, End, EndedBy, Fact, Part};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long a client that gives up by time-out is told to wait for a reply, in milliseconds.
const TIMEOUT_MS: u64 = 40;

/// After so much news a schedule is not going to come to an end.
const MOST_NEWS: u64 = 20_000;

/// Why a schedule goes no further.
enum Stop {
    /// Something must happen, and nothing does.
    Silent,
    Trouble(Trouble),
}

impl<E: Into<Trouble>> From<E> for Stop {
    fn from(trouble: E) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// A call as the driver sees it.
struct Call {
    id: u64,
    /// The commands that it comes down to, and which of those that arrived each of them is.
    expected: Vec<(Asked, Option<CommandId>)>,
    /// All that arrived for it, those that were sent again too.
    arrived: Vec<CommandId>,
    ended: bool,
    given_up: bool,
}

struct Drive<'a> {
    session: &'a mut Session,
    server: Server,
    facts: Vec<Fact>,
    calls: BTreeMap<CallId, Call>,
    /// Lines that the adapter has not been told yet.
    untold: String,
    /// The answer to the request that is no call.
    answer: Option<Answer>,
    first_id: u64,
    news: u64,
}

/// What happened, and whether the adapter has fallen silent.
pub(super) fn play(
    session: &mut Session,
    schedule: &Schedule,
) -> Result<(Vec<Fact>, bool), Trouble> {
    let server = Server::open(session.poll.registry())?;
    let first_id = session.last_id + 1;
    let mut drive = Drive {
        session,
        server,
        facts: Vec::new(),
        calls: BTreeMap::new(),
        untold: String::new(),
        answer: None,
        first_id,
        news: 0,
    };
    let silent = match drive.run(schedule) {
        Ok(()) => false,
        Err(Stop::Trouble(trouble)) => return Err(trouble),
        Err(Stop::Silent) if drive.open().next().is_none() => return Err(drive.is_stuck()),
        Err(Stop::Silent) => {
            let unsettled: Vec<_> = drive.open().map(|(call, _)| Fact::Unsettled(call)).collect();
            drive.facts.extend(unsettled);
            true
        }
    };
    Ok((drive.facts, silent))
}

impl Drive<'_> {
    fn run(&mut self, schedule: &Schedule) -> Result<(), Stop> {
        let port = self.server.port()?;
        self.request(json!({
            "op": "connect", "host": "127.0.0.1", "port": port, "timeout_ms": TIMEOUT_MS,
        }))?;
        for (place, step) in schedule.steps().iter().enumerate() {
            self.take(place, step)?;
            if !step.at_once {
                self.settle()?;
            }
        }
        self.settle()?;
        self.facts.push(Fact::Epilogue);
        loop {
            let sent = self.server.send_all();
            self.facts.extend(sent);
            if self.open().next().is_none() {
                break;
            }
            self.look(true)?;
        }
        self.settle()?;
        self.request(json!({ "op": "close" }))
    }

    fn take(&mut self, place: usize, step: &Step) -> Result<(), Stop> {
        let call = step.act.call();
        let at_the_server = !matches!(step.act, Act::Call(..) | Act::Cancel(_));
        if at_the_server && !self.untold.is_empty() {
            self.settle()?;
        }
        let passed_over = match &step.act {
            Act::Call(_, request) => {
                self.begin(call, request);
                None
            }
            Act::Cancel(_) => self.give_up(call)?,
            Act::Reply(_) => self.send(call, Part::Whole, false),
            Act::Cut(_) => self.send(call, Part::Half, false),
            Act::Error(_) => self.send(call, Part::Whole, true),
            Act::Reset(_) => self.hang_up(call, EndedBy::Reset)?,
            Act::Close(_) => self.hang_up(call, EndedBy::Close)?,
        };
        self.facts.extend(passed_over.map(|why| Fact::PassedOver(place, why)));
        Ok(())
    }

    fn begin(&mut self, call: CallId, request: &Request) {
        let expected = expected(call, request).into_iter().map(|asked| (asked, None)).collect();
        let id = self.say(told(call, request));
        let (arrived, ended, given_up) = (Vec::new(), false, false);
        self.calls.insert(call, Call { id, expected, arrived, ended, given_up });
        self.facts.push(Fact::Began(call));
    }

    fn give_up(&mut self, call: CallId) -> Result<Option<&'static str>, Stop> {
        let how = self.session.hello().cancel;
        if how == Cancel::ByTimeout {
            // Its time runs only while it waits for a reply.
            self.settle()?;
        }
        let turn = self.open().next().map(|(first, _)| first);
        let waits = self.is_held(call);
        let Some(of) = self.calls.get_mut(&call).filter(|of| !of.ended) else {
            return Ok(Some("the call has ended"));
        };
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
                self.look(true)?;
            }
        }
        Ok(None)
    }

    fn send(&mut self, call: CallId, part: Part, error: bool) -> Option<&'static str> {
        let arrived = self.calls.get(&call).map(|of| of.arrived.as_slice()).unwrap_or_default();
        let Some((command, _)) = self.server.owed(arrived) else {
            return Some(if arrived.is_empty() {
                "nothing of the call has arrived"
            } else {
                "its connection is gone, or all that arrived is answered"
            });
        };
        let sent = self.server.send(command, part, error);
        self.facts.extend(sent);
        None
    }

    fn hang_up(&mut self, call: CallId, by: EndedBy) -> Result<Option<&'static str>, Stop> {
        let arrived = self.calls.get(&call).map(|of| of.arrived.as_slice()).unwrap_or_default();
        let Some((_, wire)) = self.server.owed(arrived) else {
            return Ok(Some("the call waits on no connection"));
        };
        if self.server.is_open(wire) {
            self.facts.push(self.server.hang_up(wire, by)?);
        }
        Ok(None)
    }

    /// Waits until all has happened that the last step brings about.
    fn settle(&mut self) -> Result<(), Stop> {
        loop {
            self.quiet()?;
            if !self.must_go_on() {
                return Ok(());
            }
            self.look(true)?;
        }
    }

    /// Whether a call has to do something now, whatever the server does.
    fn must_go_on(&self) -> bool {
        match (self.session.hello().calls, self.open().next()) {
            (_, None) => false,
            (Calls::Many, _) => !self.server.holds(),
            (Calls::One, Some((turn, _))) => !self.is_held(turn),
        }
    }

    /// Whether a call has sent all that it has to and a reply to it is still to come.
    fn is_held(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|of| {
            let all = of.expected.iter().all(|(_, command)| command.is_some());
            all && self.server.owed(&of.arrived).is_some()
        })
    }

    /// Asks for barriers until two of them passed without news.
    fn quiet(&mut self) -> Result<(), Stop> {
        let mut calm = 0;
        while calm < 2 {
            let before = self.news;
            self.request(json!({ "op": "barrier" }))?;
            calm = if self.news == before { calm + 1 } else { 0 };
        }
        Ok(())
    }

    /// Asks for what is no call, and takes in all that happens until it is answered.
    fn request(&mut self, line: Value) -> Result<(), Stop> {
        let what = line["op"].as_str().unwrap_or_default().to_owned();
        let id = self.say(line);
        loop {
            self.look(true)?;
            match self.answer.take() {
                Some(answer) if answer.id != id => {}
                Some(Answer { error: Some(error), .. }) => {
                    return Err(BadAdapter(format!("the adapter cannot {what}: {error}")).into());
                }
                Some(_) => return Ok(()),
                None => {}
            }
        }
    }

    /// Notes what the adapter is to be told; the id that it gets.
    fn say(&mut self, mut line: Value) -> u64 {
        self.session.last_id += 1;
        line["id"] = self.session.last_id.into();
        self.untold += &format!("{line}\n");
        self.session.last_id
    }

    /// Takes in all that has happened; if that is nothing and something must, waits for it.
    fn look(&mut self, wait: bool) -> Result<(), Stop> {
        if !self.untold.is_empty() {
            self.session.adapter.tell(&std::mem::take(&mut self.untold))?;
        }
        loop {
            // Lines first: what the adapter did before it said something can be seen by then.
            let mut answers = Vec::new();
            while let Some(answer) = self.session.adapter.heard()? {
                answers.push(answer);
            }
            let seen = self.server.look()?;
            let nothing = answers.is_empty() && seen.is_empty();
            seen.into_iter().for_each(|seen| self.saw(seen));
            for answer in answers {
                self.heard(answer)?;
            }
            if !(nothing && wait) {
                return Ok(());
            }
            if self.news > MOST_NEWS || !self.session.wait()? {
                return Err(Stop::Silent);
            }
        }
    }

    fn saw(&mut self, seen: Seen) {
        self.news += 1;
        match seen {
            Seen::Housekeeping => {}
            Seen::Opened(wire) => self.facts.push(Fact::Opened(wire)),
            Seen::Closed(wire) => self.facts.push(Fact::Closed(wire, EndedBy::Client)),
            Seen::Arrived { command, wire, asked } => {
                let call = self.whose(&asked, command);
                self.facts.push(Fact::Arrived { command, wire, call, asked });
            }
        }
    }

    /// The call that a command must be from: of those that wait the first that has not sent it, or
    /// else one that sends it again; or else one that has ended.
    fn whose(&mut self, asked: &Asked, command: CommandId) -> Option<CallId> {
        let places = self.calls.iter().flat_map(|(call, of)| {
            let same = of.expected.iter().enumerate().filter(|(_, (one, _))| one == asked);
            same.map(|(place, (_, before))| {
                (of.ended || of.given_up, before.is_some(), *call, place)
            })
        });
        let (_, _, call, place) = places.min()?;
        let of = self.calls.get_mut(&call)?;
        of.expected[place].1 = Some(command);
        of.arrived.push(command);
        Some(call)
    }

    fn heard(&mut self, answer: Answer) -> Result<(), Stop> {
        if answer.id < self.first_id {
            // An old call that ended late.
            return Ok(());
        }
        if answer.id > self.session.last_id {
            let told = format!("the adapter answers request {}, which nobody made", answer.id);
            return Err(BadAdapter(told).into());
        }
        let call = self.calls.iter_mut().find(|(_, of)| of.id == answer.id);
        let Some((call, of)) = call else {
            self.answer = Some(answer);
            return Ok(());
        };
        if std::mem::replace(&mut of.ended, true) {
            let told = format!("the adapter answers request {} twice", answer.id);
            return Err(BadAdapter(told).into());
        }
        self.news += 1;
        let end = match (answer.value, answer.error) {
            (Some(value), _) => End::Value(value),
            (_, Some(error)) => End::Error(error),
            _ => End::Cancelled,
        };
        self.facts.push(Fact::Ended(*call, end));
        Ok(())
    }

    /// The calls that have not ended.
    fn open(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.calls.iter().filter(|(_, of)| !of.ended).map(|(call, of)| (*call, of))
    }

    fn is_stuck(&self) -> Trouble {
        let seconds = self.session.patience.as_secs();
        let told = format!("the adapter does not answer for {seconds} s, with no call under way");
        BadAdapter(told).into()
    }
}

/// The commands that a request comes down to. The value that a call sets is its own.
fn expected(call: CallId, request: &Request) -> Vec<Asked> {
    let one = |single: &Single| match single {
        Single::Get(key) => Asked::Get(key.clone()),
        Single::Set(key) => Asked::Set(key.clone(), value_of(call)),
    };
    match request {
        Request::One(single) => vec![one(single)],
        Request::Mget(keys) => vec![Asked::Mget(keys.clone())],
        Request::Pipeline(singles) => singles.iter().map(one).collect(),
    }
}

/// What a call sets its keys to.
fn value_of(call: CallId) -> String {
    format!("set-by-call-{call}")
}

/// A request as the adapter is told it.
fn told(call: CallId, request: &Request) -> Value {
    let value = value_of(call);
    match request {
        Request::One(Single::Get(key)) => json!({ "op": "get", "key": key }),
        Request::One(Single::Set(key)) => json!({ "op": "set", "key": key, "value": value }),
        Request::Mget(keys) => json!({ "op": "mget", "keys": keys }),
        Request::Pipeline(singles) => {
            let commands = singles.iter().map(|single| match single {
                Single::Get(key) => json!(["get", key]),
                Single::Set(key) => json!(["set", key, value]),
            });
            json!({ "op": "pipeline", "commands": commands.collect::<Vec<_>>() })
        }
    }
}
