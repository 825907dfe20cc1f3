//! A map from ids that are given out in order to what is in flight under them.
//!
//! Requests, calls and connections are numbered from 1 and live for a short while, so the live ones
//! lie close together: a queue indexed by the distance from its first id finds one in two
//! instructions, and forgets from both ends.

use std::collections::{BTreeMap, VecDeque};

/// The maximum distance between ids in the queue. Ids further off are kept in a tree, so one
/// request that hangs for ever does not hold the memory of all that came after it.
const SPAN: usize = 1 << 20;

/// The maximum distance by which an id may precede the queue and still lengthen it. A request that
/// a cut link held back arrives thousands of ids late; it is a stray, or the queue would grow over
/// all of them and shrink again for each.
const LATE: usize = 64;

pub(crate) struct Window<T> {
    first: u32,
    slots: VecDeque<Option<T>>,
    strays: BTreeMap<u32, T>,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { first: 0, slots: VecDeque::new(), strays: BTreeMap::new() }
    }
}

impl<T> Window<T> {
    fn offset(&self, id: u32) -> Option<usize> {
        let offset = id.checked_sub(self.first)? as usize;
        if offset < self.slots.len() { Some(offset) } else { None }
    }

    /// Returns the value under `id`.
    pub(crate) fn get(&self, id: u32) -> Option<&T> {
        if let Some(offset) = self.offset(id)
            && let Some(value) = &self.slots[offset]
        {
            return Some(value);
        }
        if self.strays.is_empty() { None } else { self.strays.get(&id) }
    }

    /// Returns the value under the lowest id.
    pub(crate) fn first(&self) -> Option<&T> {
        let stray = self.strays.first_key_value();
        if let Some((&id, value)) = stray
            && id < self.first
        {
            return Some(value);
        }
        match self.slots.iter().flatten().next() {
            Some(value) => Some(value),
            None => stray.map(|(_, value)| value),
        }
    }

    /// Iterates over all values, strays last.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten().chain(self.strays.values())
    }

    /// Puts `value` under `id`, in place of any value there.
    pub(crate) fn insert(&mut self, id: u32, value: T) {
        if self.slots.is_empty() {
            self.first = id;
        }
        if !self.strays.is_empty() {
            self.strays.remove(&id);
        }
        // One of the two is 0.
        let before = self.first.saturating_sub(id) as usize;
        let offset = id.saturating_sub(self.first) as usize;
        if before > LATE || before + self.slots.len() > SPAN || offset >= SPAN {
            if let Some(offset) = self.offset(id) {
                self.slots[offset] = Some(value);
            } else {
                self.strays.insert(id, value);
            }
            return;
        }
        for _ in 0..before {
            self.slots.push_front(None);
        }
        self.first = self.first.min(id);
        if offset < self.slots.len() {
            self.slots[offset] = Some(value);
            return;
        }
        while self.slots.len() < offset {
            self.slots.push_back(None);
        }
        self.slots.push_back(Some(value));
    }

    /// Removes the value under `id` and returns it.
    pub(crate) fn remove(&mut self, id: u32) -> Option<T> {
        let Some(value) = self.offset(id).and_then(|offset| self.slots[offset].take()) else {
            return if self.strays.is_empty() { None } else { self.strays.remove(&id) };
        };
        self.trim();
        Some(value)
    }

    /// Keeps the values that `keep` accepts, visited in the order of their ids.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(u32, &T) -> bool) {
        let first = self.first;
        self.strays.retain(|&id, value| id >= first || keep(id, value));
        for (offset, slot) in self.slots.iter_mut().enumerate() {
            if slot.as_ref().is_some_and(|value| !keep(first + offset as u32, value)) {
                *slot = None;
            }
        }
        self.strays.retain(|&id, value| id < first || keep(id, value));
        self.trim();
    }

    /// Forgets empty slots at the front. At the back it pays not to: the next id is about to
    /// arrive.
    fn trim(&mut self) {
        while let Some(None) = self.slots.front() {
            self.slots.pop_front();
            self.first = self.first.wrapping_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = u32> {
        prop_oneof![8 => 0_u32..40, 1 => (SPAN as u32 - 20)..(SPAN as u32 + 20), 1 => (u32::MAX - 5)..=u32::MAX]
    }

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((id(), 0..4), 0..80)) {
            let (mut window, mut model) = (Window::default(), BTreeMap::new());
            for (at, (id, action)) in steps.into_iter().enumerate() {
                match action {
                    0 | 1 => {
                        window.insert(id, at);
                        model.insert(id, at);
                    }
                    2 => prop_assert_eq!(window.remove(id), model.remove(&id)),
                    _ => {
                        window.retain(|id, _| id % 3 != 0);
                        model.retain(|id, _| id % 3 != 0);
                    }
                }
                prop_assert_eq!(window.first(), model.first_key_value().map(|(_, at)| at));
                for id in (0..40).chain([id]) {
                    prop_assert_eq!(window.get(id), model.get(&id));
                }
            }
        }
    }

    #[test]
    fn what_comes_late_keeps_the_order_of_the_ids() {
        let mut window = Window::default();
        for id in [1_000, 5, 1_001, u32::MAX] {
            window.insert(id, ());
        }
        let mut seen = Vec::new();
        window.retain(|id, ()| {
            seen.push(id);
            true
        });
        assert_eq!(seen, [5, 1_000, 1_001, u32::MAX]);
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut window = Window::default();
        for id in 1..10_000 {
            window.insert(id, ());
            if id > 3 {
                window.remove(id - 3);
            }
        }
        assert!(window.slots.len() <= 4);
    }
}
