//! A run beside that of its correct twin in the same storm: what the twin does otherwise.
//!
//! Plan and seed are the same, so both runs write the same history until the two pieces of code do
//! something different for the first time ([`Twins::parting`]). Two clients with little in common
//! part as soon as they connect. They are compared where the same thing happens to both of them
//! ([`Twins::alike`]), such as a call that is dropped with its reply to come.

mod side;

use crate::chain::chain;
use crate::diagram::Parties;
use crate::named::{call_of, work_in_entry};
use crate::recording::{Recording, Run};
use crosswire_checker::Violation;
use crosswire_history::{CacheOp, CallId, CallOutcome, Entry, Fact};
use side::Side;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::BTreeMap;

/// Something that happens in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Simulated time, in milliseconds.
    pub at_ms: u64,
    /// The party and its act, in words that are printable.
    pub words: String,
}

/// A step of the run, a step of its twin's, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The step of the run.
    pub own: Option<Step>,
    /// The step of the twin's run.
    pub twin: Option<Step>,
}

impl Pair {
    /// Returns whether the same happens in both runs. Ids may differ: each run numbers its own.
    pub fn is_common(&self) -> bool {
        match (&self.own, &self.twin) {
            (Some(own), Some(twin)) => without_numbers(own) == without_numbers(twin),
            _ => false,
        }
    }
}

/// A run beside that of its twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The number of entries that both histories begin with.
    pub common: usize,
    /// The time of the first entry that differs, in milliseconds.
    pub at_ms: u64,
    /// The steps of both runs, oldest first.
    pub steps: Vec<Pair>,
    /// The place of the first step that differs; none if no step that is shown does. What differs
    /// before the happening that both are compared at does not count.
    pub first: Option<usize>,
}

/// A run and that of its twin, with the senders of their requests.
#[derive(Debug)]
pub struct Twins<'a> {
    run: &'a Run,
    twin: &'a Run,
    senders: [Parties; 2],
}

impl<'a> Twins<'a> {
    /// Puts a run beside that of its twin.
    pub fn new(run: &'a Run, twin: &'a Run) -> Self {
        let senders = [run, twin].map(|run| Parties::new(None, run.recording.entries().iter()));
        Self { run, twin, senders }
    }

    /// Returns both sides at these places of their histories.
    fn sides(&self, [own, other]: [usize; 2]) -> [Side<'_>; 2] {
        [(self.run, &self.senders[0], own), (self.twin, &self.senders[1], other)]
            .map(|(run, senders, place)| Side::of(&run.recording, senders, place))
    }

    /// Returns where the runs part; none if one history is the beginning of the other.
    pub fn parting(&self) -> Option<Beside> {
        let (common, at_ms) = common(self.run, self.twin)?;
        let [own, other] = self.sides([common; 2]);
        let mut differing = own.first(&other);
        differing.extend(other.first(&own));
        let shared = own.known_before(&differing);
        let both = |step: Step| Pair { own: Some(step.clone()), twin: Some(step) };
        let mut steps: Vec<_> = own.before(&shared).into_iter().map(both).collect();
        let [own, other] = [(&own, &other), (&other, &own)].map(|(side, from)| {
            let mut about = shared.clone();
            about.extend(side.first(from));
            side.after(about)
        });
        steps.extend(beside(own, other));
        let first = steps.iter().position(|step| !step.is_common());
        Some(Beside { common, at_ms, steps, first })
    }

    /// Returns what both runs do when what happens last before a violation's decisive step happens
    /// to them; none if it never happens in the run of the twin.
    pub fn alike(&self, violation: &Violation) -> Option<Beside> {
        let (common, at_ms) = common(self.run, self.twin)?;
        let (entry, place) = happening(self.run, violation)?;
        let others = self.twin.recording.entries();
        let like = (0..others.len()).filter(|nth| is_like(&entry, &others[*nth]));
        let own_ops = operations(&self.run.recording);
        let ops = operations(&self.twin.recording);
        let op = operation(&entry, &own_ops);
        // The closest in time, of those that happen to the same operation if there are any.
        let other = like.min_by_key(|nth| {
            let other = &others[*nth];
            (operation(other, &ops) != op, other.at_ms.abs_diff(entry.at_ms))
        })?;
        let [since, other_since] = [entry.at_ms, others[other].at_ms];
        let [own_side, other_side] = self.sides([place + 1, other + 1]);
        let [own, other] = [(own_side, entry), (other_side, others[other])].map(|(side, it)| {
            let about = work_in_entry(&it);
            let mut steps = side.before(&side.known_before(&about));
            steps.extend(side.after(about));
            steps
        });
        let steps = aligned(&own, &other);
        let is_later =
            |step: &Option<Step>, since| step.as_ref().is_some_and(|it| it.at_ms >= since);
        let counts = |pair: &Pair| is_later(&pair.own, since) || is_later(&pair.twin, other_since);
        let first = steps.iter().position(|pair| counts(pair) && !pair.is_common());
        Some(Beside { common, at_ms, steps, first })
    }
}

/// Returns the number of entries that both histories begin with, and the time of the next one.
fn common(run: &Run, twin: &Run) -> Option<(usize, u64)> {
    let (own, other) = (run.recording.entries(), twin.recording.entries());
    let common = own.iter().zip(other).position(|(own, other)| own != other)?;
    Some((common, own[common].at_ms.min(other[common].at_ms)))
}

/// Returns what happens to the code under test last before the decisive step of a violation, with
/// its place: a call is dropped or refused, or a connection or a node is lost.
fn happening(run: &Run, violation: &Violation) -> Option<(Entry, usize)> {
    let chain = chain(&run.recording, violation);
    let decisive = chain.sentences.iter().position(|sentence| sentence.decisive);
    let until =
        chain.links.iter().position(|link| link.sentence.is_some() && link.sentence == decisive);
    let before = &chain.links[..until.unwrap_or(chain.links.len())];
    let link = before.iter().rev().find(|link| is_like(&link.entry, &link.entry))?;
    Some((link.entry, link.place))
}

/// Returns whether two entries are the same happening.
fn is_like(own: &Entry, other: &Entry) -> bool {
    match (own.what, other.what) {
        (Fact::CallEnded { outcome: own, .. }, Fact::CallEnded { outcome: other, .. }) => {
            let (
                CallOutcome::Cancelled { unread: a, .. },
                CallOutcome::Cancelled { unread: b, .. },
            ) = (own, other)
            else {
                return false;
            };
            (a > 0) == (b > 0)
        }
        (Fact::Rejected { op: own, .. }, Fact::Rejected { op: other, .. }) => own == other,
        (Fact::Disconnected { unread: a, .. }, Fact::Disconnected { unread: b, .. }) => {
            (a > 0) == (b > 0)
        }
        (Fact::Down, Fact::Down) => own.node.kind == other.node.kind,
        _ => false,
    }
}

/// Returns the operation of each call.
fn operations(recording: &Recording) -> BTreeMap<CallId, CacheOp> {
    let began = recording.entries().iter().filter_map(|entry| match entry.what {
        Fact::CallBegan { call, op, .. } => Some((call, op)),
        _ => None,
    });
    began.collect()
}

/// Returns the operation of the call that an entry is about.
fn operation(entry: &Entry, operations: &BTreeMap<CallId, CacheOp>) -> Option<CacheOp> {
    operations.get(&call_of(&entry.what)?).copied()
}

/// Puts steps beside each other where both runs have the same words, even if ids and times differ.
fn aligned(own: &[Step], twin: &[Step]) -> Vec<Pair> {
    let [old, new] = [own, twin].map(|steps| steps.iter().map(without_numbers).collect::<Vec<_>>());
    let mut pairs = Vec::new();
    for change in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (kind, own_range, twin_range) = change.as_tag_tuple();
        if kind == DiffTag::Equal {
            for (own, twin) in own[own_range].iter().zip(&twin[twin_range]) {
                pairs.push(Pair { own: Some(own.clone()), twin: Some(twin.clone()) });
            }
            continue;
        }
        for step in &own[own_range] {
            pairs.push(Pair { own: Some(step.clone()), twin: None });
        }
        for step in &twin[twin_range] {
            pairs.push(Pair { own: None, twin: Some(step.clone()) });
        }
    }
    pairs
}

/// Puts the steps of both runs into the order of time, those of the same time and words beside each
/// other.
fn beside(own: Vec<Step>, twin: Vec<Step>) -> Vec<Pair> {
    let mut pairs: Vec<Pair> =
        own.into_iter().map(|own| Pair { own: Some(own), twin: None }).collect();
    for step in twin {
        let same = |pair: &&mut Pair| pair.twin.is_none() && pair.own.as_ref() == Some(&step);
        match pairs.iter_mut().find(same) {
            Some(pair) => pair.twin = Some(step),
            None => pairs.push(Pair { own: None, twin: Some(step) }),
        }
    }
    let at_ms = |pair: &Pair| pair.own.as_ref().or(pair.twin.as_ref()).map(|step| step.at_ms);
    pairs.sort_by_key(at_ms);
    pairs
}

/// Returns the words of a step without its numbers.
fn without_numbers(step: &Step) -> String {
    step.words.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps<const N: usize>(of: [(u64, &str); N]) -> Vec<Step> {
        of.map(|(at_ms, words)| Step { at_ms, words: words.to_owned() }).to_vec()
    }

    #[test]
    fn steps_of_the_same_time_and_words_stand_beside_each_other() {
        let own = steps([(3, "drops call-1"), (9, "sends call-2"), (9, "sends call-2")]);
        let twin = steps([(3, "drops call-1"), (4, "is closed"), (9, "sends call-2")]);
        let steps = beside(own, twin);
        let shown = steps.iter().map(|pair| (pair.own.is_some(), pair.twin.is_some()));
        let expected = [(true, true), (false, true), (true, true), (true, false)];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn steps_with_the_same_words_stand_beside_each_other_whatever_their_ids() {
        let own = steps([(1, "asks"), (5, "drops call-1"), (6, "sends call-2")]);
        let pairs = aligned(&own, &steps([(8, "drops call-7"), (8, "is closed")]));
        let shown = pairs.iter().map(|pair| (pair.own.is_some(), pair.twin.is_some()));
        let expected = [(true, false), (true, true), (true, false), (false, true)];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
