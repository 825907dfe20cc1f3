//! Multi-gets that mixed up their values: the nodes that answered, those that did not, and which
//! key's value was given for which key.

use super::builder::{StoryBuilder, seconds};
use super::known::{CallBegan, Disconnected};
use super::search::Search;
use crosswire_history::{
    CacheOp, CallId, ConnId, DeviceId, Entry, Epoch, Exposure as How, Fact, KeyId, NodeId,
    NodeKind, UserId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The number of mixed-up values of one multi-get that a story names.
const MAX_NAMED: usize = 3;

impl StoryBuilder<'_> {
    /// Explains a value of the call's reply that was returned for another of the call's keys.
    /// Returns whether that happened.
    pub(super) fn mixed_up(&mut self, entry: &Entry) -> bool {
        // An answer without a value has mixed up none.
        let Fact::Value { call, asked, returned } = entry.what else { return false };
        let written_for = match returned.written_for {
            Some(key) if key != asked && returned.answered == call => key,
            _ => return false,
        };
        let search = self.search();
        let began = match search.call(call) {
            Some(began) if CallBegan::of(&began).op == CacheOp::Mget => began,
            _ => return false,
        };
        self.because("values mixed up");
        self.call_began(call, None);
        let answered = search.answers(call, entry.at_ms);
        for (&node, &(at_ms, conn)) in &answered {
            self.add_aside(at_ms, format!("{node} answers its share of {call} on {conn}"));
        }
        let all_answered = !self.no_answer(&began, entry.at_ms, &answered);
        if let Some(twice) = search.asked_twice(call) {
            self.because("a key asked for twice");
            let twice = self.key(twice);
            self.add(began.at_ms, format!("{call} asks for {twice} twice"));
        } else if all_answered && let Some((twice, filled)) = search.found_and_missed(&began) {
            self.because("a key asked for twice");
            let (key, node, request) = (self.key(twice), filled.node, filled.request);
            let line = format!("{call} asks for {key} twice: it returns a value and a miss");
            self.add(began.at_ms, line);
            let line = format!("{node} stores {key} in {request}, as what {call} has missed");
            self.add(filled.at_ms, line);
        }
        let nodes: Vec<_> = answered.keys().map(NodeId::to_string).collect();
        let mixed = self.mixed(call, (written_for, asked));
        let how = match &nodes[..] {
            [] => "mixes up its values".to_owned(),
            [node] => format!("goes on with what {node} alone answered"),
            _ => format!("goes on with what {} answered", nodes.join(" and ")),
        };
        self.add(entry.at_ms, format!("{call} {how}: {mixed}"));
        true
    }

    /// Describes which key's value was given for which key, `pair` first.
    fn mixed(&self, call: CallId, pair: (KeyId, KeyId)) -> String {
        let (of, taken_for) = (self.key(pair.0), self.key(pair.1));
        let mut named = vec![format!("the value of {of} is taken for that of {taken_for}")];
        let mut others = self.search().mixed(call);
        others.retain(|&other| other != pair);
        let shown = others.iter().take(MAX_NAMED - 1);
        named.extend(
            shown.map(|&(of, to)| format!("that of {} for {}", self.key(of), self.key(to))),
        );
        if others.len() >= MAX_NAMED {
            named.push(format!("and {} more", others.len() - (MAX_NAMED - 1)));
        }
        named.join(", ")
    }

    /// Explains missing values of a multi-get: by an error, and by the nodes that cannot have
    /// answered.
    pub(super) fn without_answer(&mut self, call: CallId, entry: &Entry) {
        let search = self.search();
        let Some(began) = search.call(call) else { return };
        if let Some(rejected) = search.rejected(call) {
            self.because("command rejected");
            let node = rejected.node;
            self.add(rejected.at_ms, format!("{node} answers {call} with an error"));
        }
        self.no_answer(&began, entry.at_ms, &search.answers(call, entry.at_ms));
    }

    /// Adds the nodes that cannot have answered: those whose connection the call closed with a
    /// reply outstanding, and those that were down. Returns whether there are any.
    fn no_answer(
        &mut self,
        began: &Entry,
        end_ms: u64,
        answered: &BTreeMap<NodeId, (u64, ConnId)>,
    ) -> bool {
        let CallBegan { call, deadline_ms, .. } = CallBegan::of(began);
        let lines = self.lines.len();
        let search = self.search();
        for closed in search.closed(began, end_ms) {
            let conn = Disconnected::of(&closed).conn;
            let node = search.cache_of(conn).map_or("a node".to_owned(), |node| node.to_string());
            let within = seconds(deadline_ms - began.at_ms);
            let how = if closed.at_ms < deadline_ms {
                format!("{conn} breaks before {node} has answered its share of {call}")
            } else {
                format!("{node} has not answered its share of {call} on {conn} within {within} s")
            };
            self.add(closed.at_ms, how);
        }
        for (node, at_ms) in search.down(end_ms) {
            if !answered.contains_key(&node) {
                self.add(at_ms, format!("{node} goes down"));
            }
        }
        self.lines.len() > lines
    }

    /// Names a user who is pushed a new event, with the camera whose viewers were looked up
    /// instead.
    pub(super) fn entitled_by(&self, user: UserId, value: &Entry, how: How) -> Option<String> {
        // An answer without a value names no key.
        let Fact::Value { returned, .. } = value.what else { return None };
        if how != How::Pushed {
            return None;
        }
        let name = self.past().key_name(returned.written_for?);
        let numbers =
            name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
        let ledger = self.context.ledger;
        let (from_ms, to_ms) = (value.at_ms, value.at_ms);
        let may_watch = |device: DeviceId| {
            let mut epochs = (1..).map(Epoch).take_while(|&e| ledger.owner(device, e).is_some());
            epochs.any(|epoch| ledger.may_see(user, device, epoch, from_ms, to_ms))
        };
        let device = numbers.map(DeviceId).find(|&device| may_watch(device))?;
        Some(format!("{user}, who may watch {device},"))
    }
}

impl Search<'_> {
    /// Returns a key for which the call returned two values.
    fn asked_twice(self, wanted: CallId) -> Option<KeyId> {
        let mut asked_for = BTreeSet::new();
        let mut values = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Value { call, asked, .. } if call == wanted => Some(asked),
            _ => None,
        });
        values.find(|asked| !asked_for.insert(*asked))
    }

    /// Returns a key for which the call returned a value and which its request then stored, as it
    /// does for the keys that the call missed.
    fn found_and_missed(self, began: &Entry) -> Option<(KeyId, Entry)> {
        let own = CallBegan::of(began).call;
        let mut stored = Vec::new();
        for entry in self.0.latest().take_while(|entry| *entry != began) {
            match entry.what {
                Fact::CallBegan { op: CacheOp::Set, key, .. } if entry.request == began.request => {
                    stored.push((key, *entry));
                }
                Fact::Value { call, asked, .. } if call == own => {
                    let filled = stored.iter().find(|(key, _)| *key == asked);
                    if filled.is_some() {
                        return filled.copied();
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the nodes that had carried out a share of the call by `end_ms`, each with the time
    /// and the connection.
    fn answers(self, wanted: CallId, end_ms: u64) -> BTreeMap<NodeId, (u64, ConnId)> {
        let answers = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Executed { call, conn, .. } if call == wanted && entry.at_ms <= end_ms => {
                Some((entry.node, (entry.at_ms, conn)))
            }
            _ => None,
        });
        let mut answers: BTreeMap<_, _> = answers.collect();
        if let Some(began) = self.call(wanted) {
            let closed = self.closed(&began, end_ms);
            let closed = |conn| closed.iter().any(|closed| Disconnected::of(closed).conn == conn);
            answers.retain(|_, &mut (_, conn)| !closed(conn));
        }
        answers
    }

    /// Returns the connections that were closed with a reply outstanding while the call was in
    /// progress, on behalf of its request.
    fn closed(self, began: &Entry, end_ms: u64) -> Vec<Entry> {
        let closed = self.0.latest().filter(|entry| {
            entry.request == began.request
                && (began.at_ms..=end_ms).contains(&entry.at_ms)
                && matches!(entry.what, Fact::Disconnected { unread, .. } if unread > 0)
        });
        closed.copied().collect()
    }

    /// Returns the cache nodes that were down at `at_ms`, and since when.
    fn down(self, at_ms: u64) -> Vec<(NodeId, u64)> {
        let mut latest = BTreeMap::new();
        for entry in self.0.latest().filter(|entry| entry.at_ms <= at_ms) {
            let down = match entry.what {
                Fact::Down => true,
                Fact::Up => false,
                _ => continue,
            };
            if entry.node.kind == NodeKind::Cache {
                latest.entry(entry.node).or_insert((down, entry.at_ms));
            }
        }
        let down = latest.into_iter().filter(|(_, (down, _))| *down);
        down.map(|(node, (_, since_ms))| (node, since_ms)).collect()
    }

    /// Returns which key's value the call returned for which other key, in the order of the
    /// answers.
    fn mixed(self, wanted: CallId) -> Vec<(KeyId, KeyId)> {
        let mixed = self.0.latest().filter_map(|entry| match entry.what {
            Fact::Value { call, asked, returned } if call == wanted => {
                Some((returned.written_for.filter(|&key| key != asked)?, asked))
            }
            _ => None,
        });
        let mut mixed: Vec<_> = mixed.collect();
        mixed.reverse();
        mixed
    }
}

#[cfg(test)]
mod tests;
