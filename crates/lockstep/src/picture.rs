//! The Lamport diagram of a trace: calls on the left, then the library's connections and the
//! server. A trace has an order and no times.

use super::judge::{Breach, Judgement};
use super::schedule::{CallId, Schedule};
use super::story::each;
use super::trace::{CommandId, End, Fact, Seal, WireId};
use crosswire_output::format::printable;
use crosswire_report::diagram::{
    Diagram, End as Tip, Lane, Mark, Message, Role, Row, Tag, Wait, Way,
};
use std::collections::BTreeMap;

/// The most rows of a diagram; of a longer trace, the last ones before the violation are drawn.
const MOST_ROWS: usize = 60;

/// The most characters of a label: the story has the whole text.
const LONGEST_LABEL: usize = 64;

/// Draws up the diagram of the gravest violation of a trace; none if nothing is violated.
pub fn diagram(schedule: &Schedule, facts: &[Fact], judgement: &Judgement) -> Option<Diagram> {
    let breach = judgement.breaches.iter().min_by_key(|breach| (breach.invariant, breach.fact))?;
    let lines = each(schedule, facts);
    let mut drawing = Drawing::new(breach, facts);
    for (place, (fact, line)) in facts.iter().zip(lines).enumerate().take(breach.fact + 1) {
        if let (true, Some(line)) = (place + MOST_ROWS > breach.fact, line) {
            drawing.draw(place, fact, &line);
        }
    }
    Some(drawing.finish(breach))
}

/// A command that was drawn.
#[derive(Clone, Copy)]
struct Sent {
    call: Option<CallId>,
    wire: WireId,
    /// The row in which the server sends the whole reply.
    answered: Option<usize>,
}

/// A diagram that grows row by row.
struct Drawing {
    lanes: Vec<(Party, Lane)>,
    rows: Vec<Row>,
    messages: Vec<Message>,
    waits: Vec<Wait>,
    /// The row in which each call began.
    began: BTreeMap<CallId, usize>,
    commands: BTreeMap<CommandId, Sent>,
    tags: Vec<Tag>,
    /// The colour of each call.
    colours: BTreeMap<CallId, usize>,
}

/// A party. The order is that of the lanes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    Call(CallId),
    Wire(WireId),
    Server,
}

impl Drawing {
    /// Begins a diagram with a lane for every party: calls, connections and the server.
    fn new(breach: &Breach, facts: &[Fact]) -> Self {
        let wronged = match &facts[breach.fact] {
            Fact::Ended(call, _) | Fact::Unsettled(call) => Some(*call),
            Fact::Arrived { call, .. } => *call,
            _ => None,
        };
        let until = &facts[..=breach.fact];
        let mut parties: Vec<_> = until.iter().filter_map(party).collect();
        parties.push(Party::Server);
        parties.sort_unstable();
        parties.dedup();
        let lane = |party: &Party| (*party, lane(*party, wronged));
        let lanes = parties.iter().map(lane).collect();
        // The first colour is that of what is exposed: the data of the call that was asked for.
        let exposed = exposed(&facts[breach.fact], until);
        let mut drawing = Self {
            lanes,
            rows: Vec::new(),
            messages: Vec::new(),
            waits: Vec::new(),
            began: BTreeMap::new(),
            commands: BTreeMap::new(),
            tags: Vec::new(),
            colours: BTreeMap::new(),
        };
        let calls = parties.iter().filter_map(|party| match party {
            Party::Call(call) => Some(*call),
            _ => None,
        });
        let rest = calls.filter(|call| Some(*call) != exposed && Some(*call) != wronged);
        for call in exposed.into_iter().chain(wronged).chain(rest) {
            drawing.colour(call);
        }
        if drawing.tags.is_empty() {
            drawing.tags.push(Tag { name: "no call".to_owned() });
        }
        drawing
    }

    fn colour(&mut self, call: CallId) {
        if !self.colours.contains_key(&call) {
            self.colours.insert(call, self.tags.len());
            self.tags.push(Tag { name: format!("call {call}") });
        }
    }

    fn tag(&self, call: Option<CallId>) -> usize {
        call.and_then(|call| self.colours.get(&call).copied()).unwrap_or(0)
    }

    fn lane(&self, party: Party) -> usize {
        let place = self.lanes.iter().position(|(one, _)| *one == party);
        place.expect("each party of a trace has a lane")
    }

    /// Draws a fact as a row, with the message that arrives in it.
    fn draw(&mut self, place: usize, fact: &Fact, told: &str) {
        let row = self.rows.len();
        let (lane, mark, call) = match fact {
            Fact::Began(call) => {
                self.began.insert(*call, row);
                (Some(Party::Call(*call)), None, Some(*call))
            }
            Fact::GaveUp(call) => (Some(Party::Call(*call)), Some(Mark::Cancelled), Some(*call)),
            Fact::Ended(call, end) => {
                let crossed = self.handed(*call, end, row);
                (Some(Party::Call(*call)), crossed.then_some(Mark::Crossed), Some(*call))
            }
            Fact::Unsettled(call) => (Some(Party::Call(*call)), Some(Mark::Lost), Some(*call)),
            Fact::Opened(wire)
            | Fact::Stalled(wire)
            | Fact::Resumed(wire)
            | Fact::AskedToCancel { wire, .. } => (Some(Party::Wire(*wire)), None, None),
            Fact::Landed { hit, .. } => {
                let sent = hit.and_then(|hit| self.commands.get_mut(&hit));
                let call = sent.and_then(|sent| {
                    sent.answered = Some(row);
                    sent.call
                });
                (Some(Party::Server), None, call)
            }
            Fact::Invalidated { .. } => (Some(Party::Server), None, None),
            Fact::Closed(wire, _) => (Some(Party::Wire(*wire)), Some(Mark::Lost), None),
            Fact::Arrived { command, wire, call, .. } => {
                let mark = self.owes(*wire, *call).then_some(Mark::Reused);
                self.commands.insert(*command, Sent { call: *call, wire: *wire, answered: None });
                self.arrow(call.map(Party::Call), (Party::Wire(*wire), row), *call, Way::Request);
                (Some(Party::Wire(*wire)), mark, *call)
            }
            Fact::Sent { command, .. } => {
                let call = self.commands.get(command).and_then(|sent| sent.call);
                if let Some(sent) = self.commands.get_mut(command) {
                    sent.answered = Some(row);
                }
                (Some(Party::Server), None, call)
            }
            Fact::Extra { .. } => (Some(Party::Server), Some(Mark::Lost), None),
            Fact::Skipped(..) | Fact::Epilogue | Fact::Unjudged(_) => (None, None, None),
        };
        let label: String = told.chars().take(LONGEST_LABEL).collect();
        let cut = if label.len() < told.len() { "…" } else { "" };
        self.rows.push(Row {
            at_ms: place as u64,
            lane: lane.map(|party| self.lane(party)),
            label: printable(&label) + cut,
            mark,
            tag: self.tag(call),
            sentence: None,
            entries: Vec::new(),
        });
    }

    /// Returns whether a reply to another call is still to come on a connection.
    fn owes(&self, wire: WireId, call: Option<CallId>) -> bool {
        self.commands
            .values()
            .any(|sent| sent.wire == wire && sent.answered.is_none() && sent.call != call)
    }

    /// Draws the replies that a call is handed; returns whether one of them was another call's.
    fn handed(&mut self, call: CallId, end: &End, row: usize) -> bool {
        let text = match end {
            End::Value(value) => value.to_string(),
            End::Error(text) => text.clone(),
            End::Cancelled => return false,
        };
        let mut crossed = false;
        for Seal { command, .. } in Seal::all_in(&text) {
            let Some(Sent { call: of, wire, answered: Some(sent) }) =
                self.commands.get(&command).copied()
            else {
                continue;
            };
            let is_own = of == Some(call);
            crossed |= !is_own;
            let way = if is_own { Way::Reply } else { Way::Crossed };
            let (server, conn) = (self.lane(Party::Server), self.lane(Party::Wire(wire)));
            if !is_own {
                self.waits.push(Wait { lane: conn, from: sent, to: row, tag: self.tag(of) });
            }
            let label = if is_own { String::new() } else { format!("to call {call}") };
            let tag = self.tag(of);
            let (at_server, on_wire) =
                (Tip { lane: server, row: sent }, Tip { lane: conn, row: sent });
            let at_call = Tip { lane: self.lane(Party::Call(call)), row };
            let arrives = Message {
                from: at_server,
                to: on_wire,
                label: String::new(),
                tag,
                way: Way::Reply,
            };
            let read = Message { from: Tip { lane: conn, row }, to: at_call, label, tag, way };
            self.messages.extend([arrives, read]);
        }
        crossed
    }

    /// Draws a message from the row in which its call began.
    fn arrow(&mut self, from: Option<Party>, to: (Party, usize), call: Option<CallId>, way: Way) {
        let (Some(from), Some(call)) = (from, call) else { return };
        let Some(began) = self.began.get(&call).copied() else { return };
        let from = Tip { lane: self.lane(from), row: began };
        let to = Tip { lane: self.lane(to.0), row: to.1 };
        let tag = self.tag(Some(call));
        self.messages.push(Message { from, to, label: String::new(), tag, way });
    }

    fn finish(self, breach: &Breach) -> Diagram {
        let Breach { invariant, told, .. } = breach;
        Diagram {
            title: format!("{} {}", invariant.id(), invariant.name()),
            run: String::new(),
            timed: false,
            verdict: printable(told),
            faults: Vec::new(),
            lanes: self.lanes.into_iter().map(|(_, lane)| lane).collect(),
            rows: self.rows,
            messages: self.messages,
            waits: self.waits,
            tags: self.tags,
            steps: Vec::new(),
        }
        .checked()
    }
}

fn lane(party: Party, wronged: Option<CallId>) -> Lane {
    match party {
        Party::Call(call) => {
            let role = if wronged == Some(call) { Role::WrongPhone } else { Role::Phone };
            Lane { name: format!("call {call}"), role }
        }
        Party::Wire(wire) => Lane { name: format!("conn {wire}"), role: Role::Connection },
        Party::Server => Lane { name: "server".to_owned(), role: Role::Cache },
    }
}

/// Returns the party that a fact is about.
fn party(fact: &Fact) -> Option<Party> {
    match fact {
        Fact::Began(call) | Fact::GaveUp(call) | Fact::Ended(call, _) | Fact::Unsettled(call) => {
            Some(Party::Call(*call))
        }
        Fact::Opened(wire)
        | Fact::Closed(wire, _)
        | Fact::Arrived { wire, .. }
        | Fact::Stalled(wire)
        | Fact::Resumed(wire)
        | Fact::AskedToCancel { wire, .. } => Some(Party::Wire(*wire)),
        Fact::Sent { .. } | Fact::Extra { .. } | Fact::Landed { .. } | Fact::Invalidated { .. } => {
            Some(Party::Server)
        }
        Fact::Skipped(..) | Fact::Epilogue | Fact::Unjudged(_) => None,
    }
}

/// Returns the call whose reply is in the answer that a call got.
fn exposed(wrong: &Fact, facts: &[Fact]) -> Option<CallId> {
    let text = match wrong {
        Fact::Ended(_, End::Value(value)) => value.to_string(),
        Fact::Ended(_, End::Error(text)) => text.clone(),
        _ => return None,
    };
    let seal = Seal::all_in(&text).into_iter().next()?;
    facts.iter().find_map(|fact| match fact {
        Fact::Arrived { command, call, .. } if *command == seal.command => *call,
        _ => None,
    })
}
