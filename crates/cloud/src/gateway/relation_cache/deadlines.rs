//! The ends of the lives of entries that this gateway wrote, so that touching an entry never
//! extends its life beyond what the service declares.
//!
//! A touch may meet an entry that another gateway has written since. That entry is younger, and
//! less of the older entry's life remains than of the younger one's.

use crate::directory::Relation;
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;

/// The number of entries above which those that have ended are forgotten.
const MANY: usize = 1_024;

/// The time at which each entry must have ended.
#[derive(Default)]
pub(super) struct Deadlines(Mutex<BTreeMap<Relation, u64>>);

impl Deadlines {
    /// Notes when an entry that was written must have ended.
    pub(super) fn set(&self, relation: Relation, now_ms: u64, until_ms: u64) {
        let mut ends = self.0.lock();
        if ends.len() >= MANY {
            ends.retain(|_, until_ms| *until_ms > now_ms);
        }
        ends.insert(relation, until_ms);
    }

    /// Forgets an entry: whether this gateway's write counts is not known.
    pub(super) fn forget(&self, relation: Relation) {
        self.0.lock().remove(&relation);
    }

    /// Returns how long an entry may still live; `None` if that is not known or it has ended.
    pub(super) fn left_ms(&self, relation: Relation, now_ms: u64) -> Option<u64> {
        let until_ms = *self.0.lock().get(&relation)?;
        until_ms.checked_sub(now_ms).filter(|left_ms| *left_ms > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_history::UserId;

    const ANNS: Relation = Relation::Cameras(UserId(1));

    #[test]
    fn an_entry_lives_until_its_end_and_no_longer() {
        let deadlines = Deadlines::default();
        assert_eq!(deadlines.left_ms(ANNS, 5), None);
        deadlines.set(ANNS, 5, 9);
        assert_eq!(deadlines.left_ms(ANNS, 6), Some(3));
        assert_eq!(deadlines.left_ms(ANNS, 9), None);
        deadlines.forget(ANNS);
        assert_eq!(deadlines.left_ms(ANNS, 6), None);
    }

    #[test]
    fn ended_entries_make_room() {
        let deadlines = Deadlines::default();
        for user in 0..MANY as u32 {
            deadlines.set(Relation::Cameras(UserId(user)), 0, 9);
        }
        deadlines.set(ANNS, 10, 20);
        assert_eq!(deadlines.0.lock().len(), 1);
    }
}
