//! Waits until everything that a step causes has happened, and adds it to the trace.
//!
//! The driver sends the adapter a `barrier`, which the adapter answers when its library has nothing
//! more to do until another byte arrives. What the adapter wrote to its sockets before that answer
//! can be read by then, because the loopback delivers before the writing call returns. So once the
//! answer is there, the sockets are read one more time. Commands that a library sends by itself
//! when it connects are answered one connection at a time, and only when all is quiet. Therefore
//! every byte finds the adapter idle, and it reacts in the same way each time.
//!
//! - If the server withholds no reply and a call has not ended, something must still happen: the
//!   call's command arrives, or the call ends. The driver waits for that.
//! - A client that runs one call at a time must send that call's commands or end the call, unless
//!   the server withholds a reply to it, or one to a call that was given up: the client may read
//!   that one first.
//!
//! Between two quiet moments, events are ordered on each connection and among the calls that ended;
//! any other order is an accident of reading. The trace lists the calls that ended first, and then
//! the arrivals, connection by connection.

use super::{Call, Drive, MOST_NEWS, Stop, Unjudged};
use crate::adapter::{Answer, BadAdapter, Calls, Cancel};
use crate::patience::Silence;
use crate::schedule::CallId;
use crate::server::Seen;
use crate::trace::{Asked, CommandId, End, Fact};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Number of consecutive barriers without news that count as quiet, for clients whose own commands
/// are answered at once.
const CALM: u32 = 2;

impl Drive<'_> {
    /// Waits until everything that the steps so far cause has happened, and adds it to the trace.
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

    /// Sends barriers until one passes during which nothing was sent to the adapter.
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

    /// Returns whether a call must make progress even if the server does nothing.
    fn must_go_on(&self) -> bool {
        match (self.session.hello().calls, self.open().next()) {
            (_, None) => false,
            // What a call has sent may be among what the server does not read.
            _ if self.server.is_stalled() => false,
            (Calls::Many, _) => !self.server.holds(),
            (Calls::One, Some((turn, _))) => !self.is_held(turn) && !self.owes_a_late_reply(),
        }
    }

    /// Returns whether the server withholds a reply to a call that was given up, or to a command
    /// that may be its own: the server did not read from a connection for a while, and another
    /// call sends the same command.
    fn owes_a_late_reply(&self) -> bool {
        let mut given_up = self.calls.values().filter(|of| of.given_up);
        given_up.any(|of| {
            let mut missing = of.expected.iter().filter(|(_, command)| command.is_none());
            self.server.owed(&of.arrived).is_some() || missing.any(|(asked, _)| self.holds(asked))
        })
    }

    /// Returns whether the server withholds a reply to a command like this one.
    fn holds(&self, asked: &Asked) -> bool {
        let mut all = self.calls.values().flat_map(|of| &of.expected);
        all.any(|(one, command)| {
            one == asked && command.is_some_and(|command| self.server.owed(&[command]).is_some())
        })
    }

    /// Returns whether a call has sent all its commands and still waits for a reply.
    pub(super) fn is_held(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|of| {
            let all = of.expected.iter().all(|(_, command)| command.is_some());
            all && self.server.owed(&of.arrived).is_some()
        })
    }

    /// Sends a request that is not a call, and processes events until it is answered.
    pub(super) fn request(&mut self, line: Value) -> Result<(), Stop> {
        let what = line["op"].as_str().expect("a request names its op").to_owned();
        let at_once = self.at_once;
        // A client that is created or closed may need answers from the server first.
        self.at_once |= matches!(what.as_str(), "connect" | "close");
        let id = self.say(line);
        self.asked = Some(what.clone());
        let answer = loop {
            match self.look() {
                Err(Stop::Silent) => return Err(self.unanswered(&what, id)),
                looked => looked?,
            }
            match self.answer.take() {
                Some(answer) if answer.id == id => break answer,
                _ => {}
            }
        };
        self.at_once = at_once;
        self.asked = None;
        match answer.error {
            Some(error) => {
                let error = self.ports.replaced(&error);
                let why = format!("the adapter answered `{what}` with the error {error:?}");
                Err(Stop::Unjudged(Unjudged { why, last_words: Vec::new() }))
            }
            None => Ok(()),
        }
    }

    /// Returns the reason for a request that the adapter did not answer. The id of the request and
    /// the time are left out once schedules run, because they differ from run to run.
    fn unanswered(&self, what: &str, id: u64) -> Stop {
        let why = if self.session.served {
            format!("the adapter did not answer `{what}`")
        } else {
            let seconds = self.session.patience.full().as_secs();
            format!("the adapter has not answered `{what}`, request {id}, for {seconds} s")
        };
        Stop::Unjudged(Unjudged { why, last_words: Vec::new() })
    }

    /// Sends a line to the adapter, and returns the id given to it.
    pub(super) fn say(&mut self, mut line: Value) -> u64 {
        self.session.last_id += 1;
        line["id"] = self.session.last_id.into();
        self.session.last_request = format!("{line}\n");
        self.session.adapter.tell(&self.session.last_request);
        self.session.last_id
    }

    /// Processes all pending events, or waits for the next one.
    pub(super) fn look(&mut self) -> Result<(), Stop> {
        loop {
            // Lines first: by then, everything that the adapter did before it wrote them is
            // visible.
            let mut answers = Vec::new();
            let trouble = loop {
                match self.session.adapter.heard() {
                    Ok(Some(answer)) => answers.push(answer),
                    Ok(None) => break None,
                    Err(trouble) => break Some(trouble),
                }
            };
            let news = self.server.look(self.at_once)?;
            self.ports.learn(self.server.clients());
            self.news += news;
            let nothing = answers.is_empty() && news == 0;
            for answer in answers {
                self.heard(answer)?;
            }
            if let Some(trouble) = trouble {
                return Err(trouble.into());
            }
            if self.news > MOST_NEWS {
                return Err(Stop::Restless);
            }
            if !nothing {
                return Ok(());
            }
            if !self.wait()? {
                return Err(Stop::Silent);
            }
        }
    }

    /// Waits for an event. Returns false if patience ran out first.
    #[expect(clippy::disallowed_methods, reason = "patience passes in real time")]
    fn wait(&mut self) -> Result<bool, Stop> {
        let began = Instant::now();
        let mut waited = Duration::ZERO;
        for (stage, until) in self.session.patience.stages(self.time_outs).into_iter().enumerate() {
            if self.session.wait(until.saturating_sub(waited))? {
                if self.time_outs.is_zero() {
                    self.session.patience.happened_after(began.elapsed());
                }
                return Ok(true);
            }
            waited = until;
            if self.session.patience.accepts(stage, &self.silence()) {
                break;
            }
        }
        let kind = self.silence();
        self.session.patience.accepted(kind);
        Ok(false)
    }

    /// Describes what is awaited, to recognize silences of one kind: the request that has no
    /// answer, and of the first open call whether it has several commands, has sent all of them
    /// and was given up.
    fn silence(&self) -> Silence {
        let call = self.open().next().map(|(_, of)| {
            let sent = of.expected.iter().all(|(_, command)| command.is_some());
            (of.expected.len() > 1, sent, of.given_up)
        });
        (self.asked.clone(), call)
    }

    fn heard(&mut self, answer: Answer) -> Result<(), Stop> {
        if answer.id < self.first_id {
            // A call of an earlier schedule that ended late.
            return Ok(());
        }
        if answer.id > self.session.last_id {
            let message =
                format!("the adapter answered request {}, which does not exist", answer.id);
            return Err(BadAdapter(message).into());
        }
        let twice = |id: u64| BadAdapter(format!("the adapter answered request {id} twice"));
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
            (Some(value), _) => End::Value(self.ports.replaced_in(value)),
            (_, Some(error)) => End::Error(self.ports.replaced(&error)),
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

    /// Takes the events of the connections, and attributes each command to a call.
    pub(super) fn report(&mut self) {
        for (wire, seen) in self.server.report() {
            let fact = match seen {
                Seen::Opened => Fact::Opened(wire),
                Seen::Closed(by) => Fact::Closed(wire, by),
                Seen::AskedToCancel(of) => Fact::AskedToCancel { wire, of },
                Seen::Arrived(asked, command) => {
                    let call = self.whose(&asked, command);
                    Fact::Arrived { command, wire, call, asked }
                }
            };
            self.came.push((wire, fact));
        }
    }

    /// Adds the pending facts to the trace.
    pub(super) fn note(&mut self) {
        self.facts.append(&mut self.ended);
        self.came.sort_by_key(|(wire, _)| *wire);
        self.facts.extend(self.came.drain(..).map(|(_, fact)| fact));
    }

    /// Attributes a command to a call: the first waiting call that has not sent it, or else one
    /// that sends it again, or else one that has ended, or else one whose MGET reads the same keys
    /// and others: a library may send a command for each key. With one call at a time, the call
    /// whose turn it is comes first, because the later ones have not begun: it may send its command
    /// again.
    fn whose(&mut self, asked: &Asked, command: CommandId) -> Option<CallId> {
        let turn = match self.session.hello().calls {
            Calls::One => self.open().next().map(|(turn, _)| turn),
            Calls::Many => None,
        };
        let place_of = |(call, of): (&CallId, &Call)| {
            let (over, waits) = (of.ended || of.given_up, turn != Some(*call));
            let same = of.expected.iter().enumerate();
            let same = same.filter(|(_, (one, _))| one == asked || is_part_of(asked, one));
            let rank = same.map(|(place, (one, before))| {
                (one != asked, (waits, over), before.is_some(), *call, place)
            });
            rank.min()
        };
        let (.., call, place) = self.calls.iter().filter_map(place_of).min()?;
        let of = self.calls.get_mut(&call)?;
        of.expected[place].1 = Some(command);
        of.arrived.push(command);
        Some(call)
    }
}

/// Returns whether a command reads some of the keys of an MGET.
fn is_part_of(asked: &Asked, whole: &Asked) -> bool {
    match (asked, whole) {
        (Asked::Get(_) | Asked::Mget(_), Asked::Mget(keys)) => {
            asked.keys().iter().all(|key| keys.contains(key))
        }
        _ => false,
    }
}
