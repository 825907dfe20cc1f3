//! Waits until all has happened that a step brings about, and puts it into the trace.
//!
//! The adapter is asked for a `barrier`, which it answers when its library has nothing more to do
//! before another byte comes. What the adapter wrote to its sockets before that answer can be read
//! then, for the loopback delivers what is written before the writer goes on; so when the answer is
//! there the sockets are read once more. What a library asks for by itself when it connects is
//! answered on one connection at a time, and only when all is quiet: whatever reaches the adapter
//! finds it with nothing else to do, and so it does the same each time.
//!
//! - If the server holds no reply and a call has not ended, something must happen: the call's
//!   command arrives, or it ends. That is waited for.
//! - A client that takes one call at a time must send it or end it, unless a reply to it is held.
//!
//! What happens between two quiet moments has an order on each connection and among the calls that
//! ended; any other is an accident of reading. The trace has first the calls that ended, and then
//! what came, connection by connection.

use super::{Call, Drive, Stop};
use crate::adapter::{Answer, BadAdapter, Calls, Cancel};
use crate::schedule::CallId;
use crate::server::Seen;
use crate::trace::{Asked, CommandId, End, EndedBy, Fact};
use serde_json::{Value, json};

/// Where what a library asks for by itself is answered at once, so many barriers in a row that bring
/// no news are quiet.
const CALM: u32 = 2;

/// The port that is told in place of the server's.
const REDIS_PORT: &str = "6379";

/// After so much news a schedule is not going to come to an end.
const MOST_NEWS: u64 = 20_000;

impl Drive<'_> {
    /// Waits until all has happened that the steps before bring about, and notes it.
    pub(super) fn settle(&mut self) -> Result<(), Stop> {
        loop {
            self.quiet()?;
            if !self.must_go_on() {
                self.note();
                return Ok(());
            }
            self.look()?;
        }
    }

    /// Asks for barriers until one has passed and the adapter was sent nothing meanwhile.
    fn quiet(&mut self) -> Result<(), Stop> {
        let (mut calm, wanted) = (0, if self.at_once { CALM } else { 1 });
        while calm < wanted {
            let before = self.news;
            self.request(json!({ "op": "barrier" }))?;
            let sent = self.server.answer_one() || (self.at_once && self.news > before);
            calm = if sent { 0 } else { calm + 1 };
        }
        self.report();
        Ok(())
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
    pub(super) fn is_held(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|of| {
            let all = of.expected.iter().all(|(_, command)| command.is_some());
            all && self.server.owed(&of.arrived).is_some()
        })
    }

    /// Asks for what is no call, and takes in all that happens until it is answered.
    pub(super) fn request(&mut self, line: Value) -> Result<(), Stop> {
        let what = line["op"].as_str().unwrap_or_default().to_owned();
        let at_once = self.at_once;
        // A client that is made or closed may wait for the server before it says so.
        self.at_once |= matches!(what.as_str(), "connect" | "close");
        let id = self.say(line)?;
        let answer = loop {
            self.look()?;
            if let Some(answer) = self.answer.take().filter(|answer| answer.id == id) {
                break answer;
            }
        };
        self.at_once = at_once;
        match answer.error {
            Some(error) => Err(BadAdapter(format!("the adapter cannot {what}: {error}")).into()),
            None => Ok(()),
        }
    }

    /// Tells the adapter something; the id that it gets.
    pub(super) fn say(&mut self, mut line: Value) -> Result<u64, Stop> {
        self.session.last_id += 1;
        line["id"] = self.session.last_id.into();
        self.session.adapter.tell(&format!("{line}\n"))?;
        Ok(self.session.last_id)
    }

    /// Takes in all that has happened; if that is nothing, waits for something.
    pub(super) fn look(&mut self) -> Result<(), Stop> {
        loop {
            // Lines first: what the adapter did before it said something can be seen by then.
            let mut answers = Vec::new();
            while let Some(answer) = self.session.adapter.heard()? {
                answers.push(answer);
            }
            let news = self.server.look(self.at_once)?;
            self.news += news;
            let nothing = answers.is_empty() && news == 0;
            for answer in answers {
                self.heard(answer)?;
            }
            if self.news > MOST_NEWS {
                return Err(Stop::Silent);
            }
            if !nothing {
                return Ok(());
            }
            if !self.session.wait()? {
                return Err(Stop::Silent);
            }
        }
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
        let twice = |id: u64| BadAdapter(format!("the adapter answers request {id} twice"));
        let call = self.calls.iter_mut().find(|(_, of)| of.id == answer.id);
        let Some((call, of)) = call else {
            if !self.answered.insert(answer.id) {
                return Err(twice(answer.id).into());
            }
            self.answer = Some(answer);
            return Ok(());
        };
        if std::mem::replace(&mut of.ended, true) {
            return Err(twice(answer.id).into());
        }
        let may_time_out = !of.given_up && self.doomed.contains(call);
        let call = *call;
        self.news += 1;
        let end = match (answer.value, answer.error) {
            (Some(value), _) => End::Value(self.without_port(value)),
            (_, Some(error)) => End::Error(error.replace(&self.port, REDIS_PORT)),
            _ => End::Cancelled,
        };
        let by_timeout = self.session.hello().cancel == Cancel::ByTimeout
            && matches!(end, End::Error(_))
            && may_time_out
            && !self.timeout.may_be_early;
        if by_timeout && self.server.holds() {
            return Err(Stop::TooEarly);
        }
        self.doubtful |= by_timeout;
        self.ended.push(Fact::Ended(call, end));
        Ok(())
    }

    /// A value in whose errors the server has the port that Redis has: the real one is another each
    /// time.
    fn without_port(&self, value: Value) -> Value {
        match value {
            Value::String(text) => text.replace(&self.port, REDIS_PORT).into(),
            Value::Array(values) => values.into_iter().map(|one| self.without_port(one)).collect(),
            Value::Object(fields) => {
                let fields = fields.into_iter();
                fields.map(|(name, value)| (name, self.without_port(value))).collect()
            }
            other => other,
        }
    }

    /// Takes what has come on the connections, and finds out whose each command is.
    pub(super) fn report(&mut self) {
        for (wire, seen) in self.server.report() {
            let fact = match seen {
                Seen::Opened => Fact::Opened(wire),
                Seen::Closed => Fact::Closed(wire, EndedBy::Client),
                Seen::Arrived(asked, command) => {
                    let call = self.whose(&asked, command);
                    Fact::Arrived { command, wire, call, asked }
                }
            };
            self.came.push((wire, fact));
        }
    }

    /// Puts what has happened into the trace.
    pub(super) fn note(&mut self) {
        self.facts.append(&mut self.ended);
        self.came.sort_by_key(|(wire, _)| *wire);
        self.facts.extend(self.came.drain(..).map(|(_, fact)| fact));
    }

    /// The call that a command must be from: of those that wait the first that has not sent it, or
    /// else one that sends it again; or else one that has ended.
    fn whose(&mut self, asked: &Asked, command: CommandId) -> Option<CallId> {
        let place_of = |(call, of): (&CallId, &Call)| {
            let over = of.ended || of.given_up;
            let same = of.expected.iter().enumerate().filter(|(_, (one, _))| one == asked);
            same.map(|(place, (_, before))| (over, before.is_some(), *call, place)).min()
        };
        let (_, _, call, place) = self.calls.iter().filter_map(place_of).min()?;
        let of = self.calls.get_mut(&call)?;
        of.expected[place].1 = Some(command);
        of.arrived.push(command);
        Some(call)
    }
}
