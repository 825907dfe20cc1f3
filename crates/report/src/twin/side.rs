//! One of two runs, at a place in its history: what leads there, and what follows.

use super::Step;
use crate::diagram::{Parties, label};
use crate::named::{Named, work_in_entry};
use crate::recording::Recording;
use crosswire_history::Entry;
use crosswire_output::format::printable;
use std::collections::BTreeSet;

/// The most steps that are shown before the place, and after it.
const BEFORE: usize = 10;
const AFTER: usize = 12;

/// The number of entries of the other run among which an entry may have its like.
const LOOKED_AHEAD: usize = 16;

/// For how long, in milliseconds, a run is followed.
const FOLLOWED_MS: u64 = 10_000;

/// One of the two runs, up to a place and from there on.
pub(super) struct Side<'a> {
    recording: &'a Recording,
    parties: &'a Parties,
    begins: &'a [Entry],
    goes_on: &'a [Entry],
}

impl<'a> Side<'a> {
    pub(super) fn of(recording: &'a Recording, parties: &'a Parties, place: usize) -> Self {
        let (begins, goes_on) = recording.entries().split_at(place);
        Self { recording, parties, begins, goes_on }
    }

    /// Returns the ids of the first entry that differs and names some. An entry that the other run
    /// has too, a little later, does not differ: the other run has something before it.
    pub(super) fn first(&self, other: &Self) -> BTreeSet<Named> {
        let later = &other.goes_on[..other.goes_on.len().min(LOOKED_AHEAD)];
        for entry in self.goes_on {
            if later.contains(entry) {
                break;
            }
            let ids = work_in_entry(entry);
            if !ids.is_empty() {
                return ids;
            }
        }
        BTreeSet::new()
    }

    /// Returns those ids that the common history knows, with the requests and calls of each other:
    /// both runs number what comes later in their own way.
    pub(super) fn known_before(&self, ids: &BTreeSet<Named>) -> BTreeSet<Named> {
        let work: BTreeSet<_> = ids.iter().filter(|id| is_work(id)).cloned().collect();
        let mut known = BTreeSet::new();
        for entry in self.begins.iter().rev() {
            let named = work_in_entry(entry);
            known.extend(named.intersection(ids).cloned());
            if !named.is_disjoint(&work) {
                known.extend(named.into_iter().filter(is_work));
            }
        }
        known
    }

    /// Returns the last steps before the place that are about these ids.
    pub(super) fn before(&self, about: &BTreeSet<Named>) -> Vec<Step> {
        let any_work = about.iter().any(is_work);
        let mut steps = Vec::new();
        for entry in self.begins.iter().rev() {
            if steps.len() == BEFORE {
                break;
            }
            let mut ids = work_in_entry(entry);
            ids.retain(|id| !any_work || is_work(id));
            if ids.is_disjoint(about) {
                continue;
            }
            if let Some(words) = self.words(entry) {
                steps.push(Step { at_ms: entry.at_ms, words });
            }
        }
        steps.reverse();
        steps
    }

    /// Returns the next steps that are about these ids. The next call on a connection and its
    /// request are followed as well.
    pub(super) fn after(&self, mut about: BTreeSet<Named>) -> Vec<Step> {
        let mut steps = Vec::new();
        for entry in self.goes_on {
            let since_ms = self.goes_on[0].at_ms;
            if steps.len() == AFTER || entry.at_ms - since_ms > FOLLOWED_MS {
                break;
            }
            let ids = work_in_entry(entry);
            if ids.is_disjoint(&about) {
                continue;
            }
            if let Some(words) = self.words(entry) {
                steps.push(Step { at_ms: entry.at_ms, words });
            }
            about.extend(ids.into_iter().filter(is_work));
        }
        steps
    }

    /// Says what an entry is about, and whose step it is; none if it has no words.
    fn words(&self, entry: &Entry) -> Option<String> {
        let label = label(entry, self.recording);
        if label.is_empty() {
            return None;
        }
        let party = self.parties.name(entry).map(|party| party + " ").unwrap_or_default();
        Some(printable(&(party + &label)))
    }
}

/// Returns whether an id is of a piece of work; a connection serves many, one after the other.
fn is_work(id: &Named) -> bool {
    matches!(id, Named::Request(_) | Named::Call(_) | Named::Command(_))
}
