//! Sets of ids that are looked up for every entry of a history.

use std::collections::BTreeSet;

/// The ids below this have a place each.
const PLACES: u32 = 1 << 22;

/// A set of numbers, of which almost all are small: ids count from 1. A story may name any number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    small: Vec<bool>,
    large: BTreeSet<u32>,
}

impl Ids {
    /// Adds a number.
    pub(crate) fn insert(&mut self, id: u32) {
        if id >= PLACES {
            self.large.insert(id);
            return;
        }
        let place = id as usize;
        if self.small.len() <= place {
            self.small.resize(place + 1, false);
        }
        self.small[place] = true;
    }

    /// Returns whether a number is in the set.
    pub(crate) fn contains(&self, id: u32) -> bool {
        match self.small.get(id as usize) {
            Some(is_in) => *is_in,
            None => id >= PLACES && self.large.contains(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_added() {
        let mut ids = Ids::default();
        for id in [3, PLACES - 1, PLACES, u32::MAX] {
            assert!(!ids.contains(id));
            ids.insert(id);
            assert!(ids.contains(id));
        }
        assert!(!ids.contains(0) && !ids.contains(4) && !ids.contains(u32::MAX - 1));
    }
}
