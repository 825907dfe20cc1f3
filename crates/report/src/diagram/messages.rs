//! The messages of a diagram: which moment sent what another one received.

use super::Way;
use super::lanes::{Parties, Party};
use super::rows::{Moment, is_cancelled, is_crossed};
use super::tags::Tags;
use crate::named::Named;
use crosswire_history::{CallId, CommandId, ConnId, Entry, Fact, Op, Outcome, RequestId, Returned};

/// A message before its lanes have places: its ends are parties and rows.
pub(super) struct Draft {
    pub(super) from: (Party, usize),
    pub(super) to: (Party, usize),
    pub(super) label: String,
    pub(super) tag: usize,
    pub(super) way: Way,
}

/// A reply that lies unread on a connection.
pub(super) struct Lying {
    pub(super) conn: Party,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) tag: usize,
}

/// Finds messages.
pub(super) struct Wires<'a> {
    moments: &'a [Moment],
    parties: &'a Parties,
    tags: &'a mut Tags,
    /// The row of the wrong delivery.
    wrong: Option<usize>,
    pub(super) drafts: Vec<Draft>,
    pub(super) lying: Vec<Lying>,
}

impl<'a> Wires<'a> {
    /// Finds every message between these moments.
    pub(super) fn of(
        moments: &'a [Moment],
        parties: &'a Parties,
        tags: &'a mut Tags,
        wrong: Option<usize>,
    ) -> Self {
        let (drafts, lying) = (Vec::new(), Vec::new());
        let mut wires = Self { moments, parties, tags, wrong, drafts, lying };
        for (row, moment) in moments.iter().enumerate() {
            let Some(entry) = moment.entry else { continue };
            match entry.what {
                Fact::Issued { .. } => wires.issued(row, &entry),
                Fact::Executed { .. } => wires.executed(row, &entry),
                Fact::Rejected { conn, call, .. } => {
                    wires.commanded(row, call);
                    wires.answered(row, call, conn);
                }
                Fact::Consulted { .. } => wires.consulted(row, &entry),
                Fact::Committed { .. } => wires.committed(row, &entry),
                Fact::Delivered { .. } => wires.delivered(row, &entry),
                Fact::Settled { outcome, .. } => wires.settled(row, &entry, outcome),
                Fact::Published { .. } => wires.announced(row, &entry),
                _ => {}
            }
        }
        wires.drafts.sort_by_key(|draft| draft.to.1);
        wires
    }

    fn add(
        &mut self,
        from: (Party, usize),
        to: (Party, usize),
        label: String,
        tag: usize,
        way: Way,
    ) {
        if from.0 != to.0 {
            self.drafts.push(Draft { from, to, label, tag, way });
        }
    }

    fn party(&self, row: usize) -> Option<Party> {
        self.moments[row].party
    }

    /// Returns the first row after `row` whose entry `wanted` accepts.
    fn next(&self, row: usize, wanted: impl Fn(&Entry) -> bool) -> Option<usize> {
        let of = |moment: &Moment| moment.entry.as_ref().is_some_and(&wanted);
        let later = self.moments.iter().enumerate().skip(row + 1);
        later.filter(|(_, moment)| of(moment)).map(|(nth, _)| nth).next()
    }

    /// Returns the last row before `row` whose entry `wanted` accepts.
    fn last(&self, row: usize, wanted: impl Fn(&Entry) -> bool) -> Option<usize> {
        let of = |moment: &Moment| moment.entry.as_ref().is_some_and(&wanted);
        self.moments[..row].iter().rposition(of)
    }

    /// Adds a device's request, which arrives in the first row of the request at a gateway.
    fn issued(&mut self, row: usize, entry: &Entry) {
        let request = entry.request;
        let there = self.next(row, |other| other.request == request && is_at_gateway(other));
        let (Some(to), Some(from)) = (there, self.party(row)) else { return };
        let Some(gateway) = self.party(to) else { return };
        let tag = self.tags.request(request, self.parties);
        let label = match entry.what {
            Fact::Issued { op: Op::Upload, .. } => "upload".to_owned(),
            _ => String::new(),
        };
        self.add((from, row), (gateway, to), label, tag, Way::Request);
    }

    /// Adds the command that a cache carried out in `row`, from where its call went out.
    fn commanded(&mut self, row: usize, of: CallId) {
        let goes_out = |other: &Entry| match other.what {
            Fact::Reused { call, .. } | Fact::CallBegan { call, .. } => call == of,
            _ => false,
        };
        let Some(from) = self.last(row, goes_out) else { return };
        let (Some(gateway), Some(cache)) = (self.party(from), self.party(row)) else { return };
        let request = self.moments[from].entry.map_or(RequestId(0), |entry| entry.request);
        let tag = self.tags.request(request, self.parties);
        self.add((gateway, from), (cache, row), of.to_string(), tag, Way::Request);
    }

    /// Adds a command and its reply: to the call that asked, to another one, or to none.
    fn executed(&mut self, row: usize, entry: &Entry) {
        let Fact::Executed { command, conn, call: own, .. } = entry.what else { return };
        let readers = self.readers(row, command);
        // Without a scope on the wire, the reader itself is taken for the sender.
        let sender = match (own, readers.first()) {
            (CallId(0), Some(&reader)) => self.reader(reader),
            _ => own,
        };
        self.commanded(row, sender);
        if readers.is_empty() {
            return self.answered(row, sender, conn);
        }
        for reader in readers {
            self.read(row, reader, sender, conn);
        }
    }

    /// Returns the rows in which the reply to a command was taken for the answer to a call.
    fn readers(&self, row: usize, wanted: CommandId) -> Vec<usize> {
        let is_of = |entry: &Entry| match entry.what {
            Fact::Value { returned: Returned { command, .. }, .. } => command == wanted,
            _ => false,
        };
        let later = (row + 1..self.moments.len())
            .filter(|&nth| self.moments[nth].entry.as_ref().is_some_and(is_of));
        later.collect()
    }

    fn reader(&self, row: usize) -> CallId {
        let entry = self.moments[row].entry.as_ref();
        entry.and_then(|entry| crate::named::call_of(&entry.what)).unwrap_or_default()
    }

    /// Adds a reply that was read: on its way to another call, it first lies on the connection.
    fn read(&mut self, row: usize, reader: usize, sender: CallId, conn: ConnId) {
        let entry = self.moments[reader].entry.expect("a reader is an entry");
        let tag = self.tag_of_call(sender, reader);
        let (Some(cache), Some(gateway)) = (self.party(row), self.party(reader)) else { return };
        let call = self.reader(reader);
        if !is_crossed(&entry) {
            return self.add((cache, row), (gateway, reader), String::new(), tag, Way::Reply);
        }
        if call == sender || sender.0 == 0 {
            return self.add((cache, row), (gateway, reader), String::new(), tag, Way::Crossed);
        }
        let on = Party::Connection(conn);
        self.add((cache, row), (on, row), format!("reply to {sender}"), tag, Way::Unread);
        self.add((on, reader), (gateway, reader), format!("to {call}"), tag, Way::Crossed);
        self.lying.push(Lying { conn: on, from: row, to: reader, tag });
    }

    /// Adds a reply without a value: to its call. If that was dropped, the reply stays on
    /// its connection until another call takes it or the connection is closed.
    fn answered(&mut self, row: usize, of: CallId, on: ConnId) {
        if of.0 == 0 {
            return;
        }
        let ended = |other: &Entry| {
            matches!(other.what, Fact::CallEnded { call, .. } if call == of) && !is_cancelled(other)
        };
        let unfounded = |other: &Entry| match other.what {
            Fact::Unfounded { call, conn, .. } => call != of && conn == on,
            _ => false,
        };
        let Some(cache) = self.party(row) else { return };
        if let Some(end) = self.next(row, ended) {
            let (Some(gateway), tag) = (self.party(end), self.tag_of_call(of, end)) else { return };
            return self.add((cache, row), (gateway, end), String::new(), tag, Way::Reply);
        }
        let left =
            |other: &Entry| is_cancelled(other) && crate::named::call_of(&other.what) == Some(of);
        let was_left = self.moments.iter().any(|moment| moment.entry.as_ref().is_some_and(left));
        let taken = self.next(row, unfounded);
        if !was_left && taken.is_none() {
            return;
        }
        let (conn, tag) = (Party::Connection(on), self.tag_of_call(of, row));
        self.add((cache, row), (conn, row), format!("reply to {of}"), tag, Way::Unread);
        let lost = self
            .next(row, |other| matches!(other.what, Fact::Disconnected { conn, .. } if conn == on));
        let to = taken.or(lost).unwrap_or(self.moments.len() - 1);
        self.lying.push(Lying { conn, from: row, to, tag });
        if let Some(taken) = taken
            && let Some(gateway) = self.party(taken)
        {
            let label = format!("to {}", self.reader(taken));
            self.add((conn, taken), (gateway, taken), label, tag, Way::Crossed);
        }
    }

    /// Returns the colour of a call's request; that of `row` if the chain does not have the call.
    pub(super) fn tag_of_call(&mut self, of: CallId, row: usize) -> usize {
        let is_its = |moment: &&Moment| match moment.entry {
            Some(entry) => of.0 != 0 && crate::named::call_of(&entry.what) == Some(of),
            None => false,
        };
        let found = self.moments.iter().find(is_its).or(self.moments.get(row));
        let request = found.and_then(|moment| moment.entry).map(|entry| entry.request);
        self.tags.request(request.unwrap_or_default(), self.parties)
    }

    /// Adds the directory's answer, which reaches the gateway before the request's next row there.
    fn consulted(&mut self, row: usize, entry: &Entry) {
        let request = entry.request;
        let there = self.next(row, |other| other.request == request && is_at_gateway(other));
        let Some(directory) = self.party(row) else { return };
        let tag = self.tags.request(request, self.parties);
        if let Some(to) = there
            && let Some(gateway) = self.party(to)
        {
            return self.add((directory, row), (gateway, to), String::new(), tag, Way::Reply);
        }
        // Its request was over by then: a later one that the story names with it took the answer.
        let later = self.moments.iter().skip(row + 1);
        let mut taken = later.enumerate().filter(|(_, moment)| {
            moment.named.contains(&Named::Request(request))
                && moment.entry.is_some_and(|it| it.request != request && is_at_gateway(&it))
        });
        if let Some((after, _)) = taken.next()
            && let Some(gateway) = self.party(row + 1 + after)
        {
            let label = format!("answer to {request}");
            self.add((directory, row), (gateway, row + 1 + after), label, tag, Way::Unread);
        }
    }

    /// Adds what a cache told the connections that the story names. Where a fault may have left one
    /// dead, it was probably lost.
    fn announced(&mut self, row: usize, entry: &Entry) {
        let Some(cache) = self.party(row) else { return };
        let tag = self.tags.request(entry.request, self.parties);
        let moment = &self.moments[row];
        let dead = moment.dead_before(&self.moments[..row]);
        for conn in moment.conns() {
            let label = if dead == Some(conn) { "probably lost" } else { "change" }.to_owned();
            let on = Party::Connection(conn);
            let draft = Draft { from: (cache, row), to: (on, row), label, tag, way: Way::Unread };
            self.drafts.push(draft);
        }
    }

    /// Adds what a gateway had the directory commit.
    fn committed(&mut self, row: usize, entry: &Entry) {
        let request = entry.request;
        // Work that was dropped goes on in the background, perhaps, but not because of that.
        let from = self.last(row, |other| {
            let dropped = matches!(other.what, Fact::Dropped { .. });
            other.request == request && is_at_gateway(other) && !dropped
        });
        let Some(from) = from.filter(|_| request.0 != 0) else { return };
        let (Some(gateway), Some(directory)) = (self.party(from), self.party(row)) else { return };
        let tag = self.tags.request(request, self.parties);
        self.add((gateway, from), (directory, row), String::new(), tag, Way::Request);
    }

    /// Adds the answer or the push that showed something to a user.
    fn delivered(&mut self, row: usize, entry: &Entry) {
        let Fact::Delivered { named, origin, .. } = entry.what else { return };
        let request = entry.request;
        let from = self.last(row, |other| other.request == request && is_at_gateway(other));
        let (Some(from), Some(phone)) = (from, self.party(row)) else { return };
        let Some(gateway) = self.party(from) else { return };
        let event = origin.map_or(named, |origin| origin.event);
        let way = if self.wrong == Some(row) { Way::Wrong } else { Way::Reply };
        let tag = self.tags.event(event);
        self.add((gateway, from), (phone, row), event.to_string(), tag, way);
    }

    /// Adds how a request ended for its device: with an answer, or because it gave up.
    fn settled(&mut self, row: usize, entry: &Entry, outcome: Outcome) {
        let request = entry.request;
        let tag = self.tags.request(request, self.parties);
        let Some(device) = self.party(row) else { return };
        if matches!(outcome, Outcome::GaveUp | Outcome::TimedOut | Outcome::Reset) {
            let dropped = self.next(row, |other| {
                let dropped = matches!(other.what, Fact::Dropped { .. }) || is_cancelled(other);
                other.request == request && dropped
            });
            if let Some(to) = dropped
                && let Some(gateway) = self.party(to)
            {
                self.add((device, row), (gateway, to), "gives up".to_owned(), tag, Way::Cancel);
            }
            return;
        }
        let from = self.last(row, |other| other.request == request && is_at_gateway(other));
        let Some(from) = from else { return };
        let Some(gateway) = self.party(from) else { return };
        self.add((gateway, from), (device, row), String::new(), tag, Way::Reply);
    }
}

fn is_at_gateway(entry: &Entry) -> bool {
    let at_gateway = entry.node.kind == crosswire_history::NodeKind::Gateway;
    at_gateway && !matches!(entry.what, Fact::Disconnected { .. } | Fact::Connected { .. })
}
