//! The keys that the service has noted as absent. Part of the harness.
//!
//! A client stores such a note in its own form, so the note carries no seal. The harness knows
//! which calls noted which keys: an answer that a key is absent can come from any of them.

use crate::seal::Written;
use crosswire_history::{KeyId, Returned};
use std::collections::BTreeMap;

/// The latest note of each key.
#[derive(Default)]
pub(crate) struct Absences(BTreeMap<KeyId, Written>);

impl Absences {
    /// Notes that a call is given a key to note as absent.
    pub(crate) fn note(&mut self, note: Written) {
        let latest = self.0.entry(note.key).or_insert(note);
        *latest = Written { as_of: latest.as_of.max(note.as_of), ..note };
    }

    /// Returns the origin of an answer that a key is absent: the note most favourable to the
    /// client. No note, no origin.
    pub(crate) fn origin(&self, key: KeyId) -> Returned {
        match self.0.get(&key) {
            Some(&Written { key, by, as_of }) => {
                Returned { written_for: Some(key), written_by: by, as_of, ..Returned::default() }
            }
            None => Returned::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::CallId;

    #[test]
    fn the_latest_note_and_the_latest_commit_count() {
        let mut absences = Absences::default();
        assert_eq!(absences.origin(KeyId(1)).written_for, None);
        for (by, as_of) in [(5, 40), (6, 30)] {
            absences.note(Written { key: KeyId(1), by: CallId(by), as_of });
        }
        let Returned { written_for, written_by, as_of, .. } = absences.origin(KeyId(1));
        assert_eq!((written_for, written_by, as_of), (Some(KeyId(1)), CallId(6), 40));
    }
}
