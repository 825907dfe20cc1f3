//! Recordings: the history of one run, kept whole, with the names of its keys.

use crate::named::keys_of;
use crosswire_checker::{Findings, Violation};
use crosswire_history::journal::RecentEntries;
use crosswire_history::{Entry, KeyId, Observer};

/// A fault of the plan, as a band of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// The kind of the fault, as in `cache-slow`.
    pub name: String,
    /// The target, as in `cache-1`.
    pub target: String,
    /// What the fault does, as in `a cache node answers late`; empty if it is not known.
    pub about: String,
    /// Set if it leaves open connections dead without either end being notified: what is sent on
    /// them from then on is lost.
    pub is_silent: bool,
    /// The first moment of the fault, in milliseconds.
    pub start_ms: u64,
    /// The first moment at which the fault is over, in milliseconds.
    pub end_ms: u64,
}

impl Band {
    /// Returns the fault and its target, as in `cache-slow on cache-1`.
    pub(crate) fn name_and_target(&self) -> String {
        format!("{} on {}", self.name, self.target)
    }
}

/// The number of entries for which a recording has room at first, about a run of `wyze-2024`.
/// Growing to that size would copy them several times; unused room is never touched.
const ROOM: usize = 1 << 20;

/// An observer that keeps every entry, and the text of every key.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    entries: Vec<Entry>,
    keys: Vec<String>,
    bands: Vec<Band>,
}

impl Recording {
    /// Creates an empty recording of a run with these faults.
    pub fn new(bands: Vec<Band>) -> Self {
        Self { bands, entries: Vec::with_capacity(ROOM), ..Self::default() }
    }

    /// Returns every entry, in the order in which they were written.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the faults of the plan.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// Returns the text of a key, as the code under test wrote it: it may contain anything.
    pub fn key(&self, key: KeyId) -> &str {
        self.keys.get(key.0 as usize).map_or("", |name| name)
    }

    /// Returns the entries of one millisecond.
    pub(crate) fn at(&self, at_ms: u64) -> impl Iterator<Item = (usize, &Entry)> {
        let first = self.entries.partition_point(|entry| entry.at_ms < at_ms);
        let rest = self.entries.iter().enumerate().skip(first);
        rest.take_while(move |(_, entry)| entry.at_ms == at_ms)
    }

    /// Adds the names of the keys that an entry names, and of all that were assigned before them:
    /// ids count from 0.
    fn learn_keys(&mut self, entry: &Entry, past: &RecentEntries) {
        for key in keys_of(&entry.what).into_iter().flatten() {
            while self.keys.len() <= key.0 as usize {
                self.keys.push(past.key_name(KeyId(self.keys.len() as u32)));
            }
        }
    }
}

impl Observer for Recording {
    fn observe(&mut self, entry: &Entry, past: &RecentEntries) {
        self.learn_keys(entry, past);
        self.entries.push(*entry);
    }
}

/// A finished run: its recording, its verdict, and what to call it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The title and what the run was of, a name and a value each, as in `client` and `pooled`.
    pub title: Vec<(String, String)>,
    /// Names of the title and their meanings, as in `pooled` and what that client does.
    pub about: Vec<(String, String)>,
    /// The history.
    pub recording: Recording,
    /// The verdict and the violations.
    pub findings: Findings,
}

impl Run {
    /// Returns the violations in the order in which the findings have them: leaks first.
    pub fn violations(&self) -> &[Violation] {
        &self.findings.violations
    }

    /// Returns the first violation with this signature or, without one, the first of all.
    pub fn first(&self, signature: Option<&str>) -> Option<&Violation> {
        let mut violations = self.violations().iter();
        violations.find(|it| signature.is_none_or(|wanted| it.signature() == wanted))
    }

    /// Returns the title on one line, as in `reconnect-storm, seed 41, client pooled`.
    pub fn headline(&self) -> String {
        let parts = self.title.iter().map(|(name, value)| match name.as_str() {
            "scenario" => value.clone(),
            _ => format!("{name} {value}"),
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::{CallId, Fact, History, NodeId};

    #[test]
    fn a_recording_keeps_entries_and_the_names_of_keys() {
        let history = History::new(Recording::new(Vec::new()));
        let journal = history.journal();
        let (one, two) = (journal.key(b"one"), journal.key(b"\xfftwo"));
        let call = CallId(0);
        journal.record(3, NodeId::HARNESS, Fact::Up);
        journal.record(4, NodeId::HARNESS, Fact::Invalidated { key: two, call, commit: 0 });
        journal.record(4, NodeId::HARNESS, Fact::Up);
        let (recording, _) = history.close();
        assert_eq!(recording.entries().len(), 3);
        assert_eq!([one, two].map(|key| recording.key(key)), ["one", "\u{fffd}two"]);
        assert_eq!(recording.key(KeyId(9)), "");
        assert_eq!(recording.at(4).map(|(nth, _)| nth).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(recording.at(5).count(), 0);
    }
}
