//! The moments of a diagram: the entries of a chain that say something new, and the sentences that
//! no entry is about.

use super::Mark;
use super::lanes::{Parties, Party};
use crate::chain::{Chain, Link, Sentence};
use crate::named::{Named, in_sentence};
use crosswire_history::{CallOutcome, ConnId, Entry, Fact, FaultPhase, Outcome, Returned, Sent};
use std::collections::BTreeSet;

/// The most answers of the directory that are shown of one request.
const MAX_CONSULTED: usize = 2;

/// A row before its lane has a place.
pub(super) struct Moment {
    pub(super) at_ms: u64,
    /// The entry; `None` for a sentence that is about none.
    pub(super) entry: Option<Entry>,
    pub(super) party: Option<Party>,
    pub(super) sentence: Option<usize>,
    /// The ids that the sentence names, or the connection that a fault may have left dead.
    pub(super) named: BTreeSet<Named>,
    /// The places of the entries behind the row.
    pub(super) places: Vec<usize>,
}

impl Moment {
    /// Returns the connections that the row names.
    pub(super) fn conns(&self) -> impl Iterator<Item = ConnId> {
        self.named.iter().filter_map(|named| match named {
            Named::Conn(conn) => Some(*conn),
            _ => None,
        })
    }

    /// Returns the first connection of the row that a fault in one of these earlier rows may have
    /// left dead.
    pub(super) fn dead_before(&self, earlier: &[Self]) -> Option<ConnId> {
        let is_fault =
            |it: &&Self| matches!(it.entry, Some(Entry { what: Fact::Fault { .. }, .. }));
        let dead: BTreeSet<_> = earlier.iter().filter(is_fault).flat_map(Self::conns).collect();
        self.conns().find(|conn| dead.contains(conn))
    }
}

/// Returns the moments of a chain, oldest first.
pub(super) fn moments(chain: &Chain, parties: &Parties) -> Vec<Moment> {
    let (mut moments, mut hidden) = (Vec::new(), Vec::new());
    for (nth, link) in chain.links.iter().enumerate() {
        if is_shown(chain, nth) {
            let Link { entry, sentence, place, conn } = *link;
            let (at_ms, places) = (entry.at_ms, vec![place]);
            let party = parties.of(&entry).or(conn.map(Party::Connection));
            let mut named = BTreeSet::new();
            if let Some(nth) = sentence {
                named = in_sentence(&chain.sentences[nth].text);
            }
            named.extend(conn.map(Named::Conn));
            moments.push(Moment { at_ms, entry: Some(entry), party, sentence, named, places });
        } else {
            hidden.push((link.entry.at_ms, link.place));
        }
    }
    for (nth, sentence) in chain.sentences.iter().enumerate() {
        if !chain.links.iter().any(|link| link.sentence == Some(nth)) {
            let (at_ms, party) = (sentence.at_ms, first_party(sentence, parties));
            let (named, places) = (in_sentence(&sentence.text), Vec::new());
            let place = follows(&moments, at_ms, nth);
            let moment = Moment { at_ms, entry: None, party, sentence: Some(nth), named, places };
            moments.insert(place, moment);
        }
    }
    for moment in &mut moments {
        let same_time = hidden.iter().filter(|(at_ms, _)| *at_ms == moment.at_ms);
        moment.places.extend(same_time.map(|(_, place)| *place));
        moment.places.sort_unstable();
    }
    moments
}

/// Returns the place of a sentence that no entry is about: after the sentence before it, if that is
/// of the same time, or else at the end of its time.
fn follows(moments: &[Moment], at_ms: u64, nth: usize) -> usize {
    let is_before =
        |moment: &Moment| moment.at_ms == at_ms && moment.sentence.is_some_and(|it| it + 1 == nth);
    match moments.iter().position(is_before) {
        Some(before) => before + 1,
        None => moments.partition_point(|moment| moment.at_ms <= at_ms),
    }
}

/// Returns the party that a sentence names first, in the order of ids.
fn first_party(sentence: &Sentence, parties: &Parties) -> Option<Party> {
    in_sentence(&sentence.text).into_iter().find_map(|named| match named {
        Named::Node(node) => Party::of_node(node),
        Named::User(user) => Some(parties.phone(user)),
        Named::Device(device) => Some(Party::Camera(device)),
        Named::Event(event) => Some(Party::Camera(event.device)),
        _ => None,
    })
}

/// Returns whether an entry says something that no other row says.
fn is_shown(chain: &Chain, nth: usize) -> bool {
    let Link { entry, sentence, .. } = chain.links[nth];
    if sentence.is_some() {
        return true;
    }
    let any = |is_it: &dyn Fn(&Entry) -> bool| chain.links.iter().any(|link| is_it(&link.entry));
    let own = |other: &Entry| other.request == entry.request;
    match entry.what {
        Fact::CallEnded { outcome: CallOutcome::Cancelled { .. } | CallOutcome::Error, .. } => true,
        Fact::CallEnded { call: ended, .. } => !any(&|other| match other.what {
            Fact::Value { call, .. }
            | Fact::Unfounded { call, .. }
            | Fact::Misshapen { call, .. } => call == ended,
            _ => false,
        }),
        Fact::Unfounded { call: ended, .. } => {
            !any(&|other| matches!(other.what, Fact::Value { call, .. } if call == ended))
        }
        Fact::CallBegan { call: began, .. } => !any(&|other| {
            other.at_ms == entry.at_ms
                && matches!(other.what, Fact::Reused { call, .. } if call == began)
        }),
        Fact::Settled { .. } => {
            !any(&|other| own(other) && matches!(other.what, Fact::Delivered { .. }))
        }
        Fact::Dropped { .. } => !any(&|other| own(other) && is_cancelled(other)),
        Fact::Arrived { .. } => !any(&|other| {
            let goes_on = matches!(other.what, Fact::CallBegan { .. } | Fact::Reused { .. });
            own(other) && other.at_ms == entry.at_ms && goes_on
        }),
        Fact::Consulted { .. } => {
            let earlier = chain.links[..nth].iter().map(|link| &link.entry);
            let consulted = |other: &&Entry| matches!(other.what, Fact::Consulted { .. });
            earlier.filter(|other| own(other)).filter(consulted).count() < MAX_CONSULTED
        }
        _ => true,
    }
}

/// Returns whether a call was dropped.
pub(crate) fn is_cancelled(entry: &Entry) -> bool {
    matches!(entry.what, Fact::CallEnded { outcome: CallOutcome::Cancelled { .. }, .. })
}

/// Returns whether a call was given what was not for it.
pub(crate) fn is_crossed(entry: &Entry) -> bool {
    match entry.what {
        Fact::Value { call, asked, returned } => {
            let Returned { sent, answered, written_for, .. } = returned;
            let foreign = matches!(sent, Sent::Before | Sent::Kept) && answered != call;
            foreign || written_for != Some(asked)
        }
        Fact::Unfounded { .. } | Fact::Misshapen { .. } | Fact::GivenAgain { .. } => true,
        _ => false,
    }
}

/// Returns what is remarkable about an entry.
pub(super) fn mark(entry: &Entry) -> Option<Mark> {
    match entry.what {
        _ if is_crossed(entry) => Some(Mark::Crossed),
        _ if is_cancelled(entry) => Some(Mark::Cancelled),
        Fact::Dropped { .. } => Some(Mark::Cancelled),
        Fact::Settled { outcome: Outcome::GaveUp | Outcome::TimedOut | Outcome::Reset, .. } => {
            Some(Mark::Cancelled)
        }
        Fact::Reused { .. } => Some(Mark::Reused),
        Fact::Down | Fact::Disconnected { .. } | Fact::Fault { phase: FaultPhase::Began, .. } => {
            Some(Mark::Lost)
        }
        _ => None,
    }
}
