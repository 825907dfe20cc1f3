//! A timing wheel with millisecond ticks.
//!
//! The next `SPAN` ticks have a slot each, found through a bitmap. Items further away wait in an
//! ordered map and move into the slots as time approaches. Adding and taking cost a few
//! nanoseconds. Items due in one tick come out in the order in which they were put in.

use std::collections::BTreeMap;

/// Number of ticks that have a slot: as many as two levels of 64 bits can address.
const SPAN: u64 = 64 * 64;

/// Ends a list.
const NONE: u32 = u32::MAX;

/// Items of type `T`, each due at a tick.
pub struct Wheel<T> {
    slots: Vec<Slot>,
    /// The items of all slots. A freed node is the next to be used, so the memory stays warm and
    /// only as large as the number of items that wait at a time.
    nodes: Vec<Node<T>>,
    free: u32,
    /// One bit for each slot that is occupied, and in `summary` one for each word that is not 0.
    occupied: [u64; 64],
    summary: u64,
    far: BTreeMap<u64, Vec<T>>,
    /// The earliest tick that may have a slot: all items before it have been taken.
    base: u64,
    /// The earliest tick at which something is due, if known.
    soonest: Option<u64>,
    len: usize,
}

/// A first-in-first-out list of nodes. `last` is meaningless if `first` is [`NONE`].
#[derive(Clone, Copy)]
struct Slot {
    first: u32,
    last: u32,
}

struct Node<T> {
    item: Option<T>,
    next: u32,
}

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        Self {
            slots: vec![Slot { first: NONE, last: NONE }; SPAN as usize],
            nodes: Vec::new(),
            free: NONE,
            occupied: [0; 64],
            summary: 0,
            far: BTreeMap::new(),
            base: 0,
            soonest: None,
            len: 0,
        }
    }
}

impl<T> Wheel<T> {
    /// Returns the number of items.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Reports whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds `item`, due at tick `due`. A tick that has passed means the current one.
    pub fn push(&mut self, due: u64, item: T) {
        let due = due.max(self.base);
        if self.len == 0 || self.soonest.is_some_and(|soonest| due < soonest) {
            self.soonest = Some(due);
        }
        self.len += 1;
        if due < self.base + SPAN {
            self.put(due, item);
        } else {
            self.far.entry(due).or_default().push(item);
        }
    }

    fn put(&mut self, due: u64, item: T) {
        let node = Node { item: Some(item), next: NONE };
        let at = if self.free == NONE {
            self.nodes.push(node);
            self.nodes.len() as u32 - 1
        } else {
            let at = self.free;
            self.free = std::mem::replace(&mut self.nodes[at as usize], node).next;
            at
        };
        let number = (due % SPAN) as usize;
        let slot = &mut self.slots[number];
        if slot.first == NONE {
            slot.first = at;
            self.occupied[number / 64] |= 1 << (number % 64);
            self.summary |= 1 << (number / 64);
        } else {
            self.nodes[slot.last as usize].next = at;
        }
        slot.last = at;
    }

    /// Takes the first item out of the slot for tick `due`.
    fn take(&mut self, due: u64) -> Option<T> {
        let number = (due % SPAN) as usize;
        let slot = &mut self.slots[number];
        let node = self.nodes.get_mut(slot.first as usize)?;
        let item = node.item.take();
        let at = std::mem::replace(&mut slot.first, std::mem::replace(&mut node.next, self.free));
        self.free = at;
        if slot.first == NONE {
            self.soonest = None;
            let word = &mut self.occupied[number / 64];
            *word &= !(1 << (number % 64));
            if *word == 0 {
                self.summary &= !(1 << (number / 64));
            }
        }
        self.len -= 1;
        item
    }

    /// Returns the earliest tick at which an item is due.
    pub fn next_due(&mut self) -> Option<u64> {
        if self.soonest.is_none() && self.len > 0 {
            self.soonest = self.next_slot().or_else(|| self.far.keys().next().copied());
        }
        self.soonest
    }

    /// Returns the earliest tick at which an item is due that is not `over`. Drops the items before
    /// it that are over.
    pub fn next_live(&mut self, mut over: impl FnMut(&T) -> bool) -> Option<u64> {
        loop {
            let due = self.next_due()?;
            match self.first(due) {
                Some(item) if over(item) => drop(self.take(due)),
                _ => return Some(due),
            }
        }
    }

    /// Returns the first item in the slot for tick `due`.
    fn first(&self, due: u64) -> Option<&T> {
        let first = self.slots[(due % SPAN) as usize].first;
        self.nodes.get(first as usize)?.item.as_ref()
    }

    /// Returns the tick of the earliest occupied slot, searching once around from `base`.
    fn next_slot(&self) -> Option<u64> {
        let start = (self.base % SPAN) as u32;
        let (word, bit) = (start / 64, start % 64);
        let ahead = self.occupied[word as usize] & (!0 << bit);
        let slot = if ahead != 0 {
            word * 64 + ahead.trailing_zeros()
        } else if self.summary != 0 {
            // The word itself comes last: its remaining bits are a full turn away.
            let steps = self.summary.rotate_right(word + 1).trailing_zeros();
            let word = (word + 1 + steps) % 64;
            word * 64 + self.occupied[word as usize].trailing_zeros()
        } else {
            return None;
        };
        Some(self.base + (u64::from(slot) + SPAN - u64::from(start)) % SPAN)
    }

    /// Takes the next item that is due at `now` or earlier.
    pub fn pop(&mut self, now: u64) -> Option<T> {
        let due = self.next_due().filter(|&due| due <= now)?;
        self.turn_to(due);
        self.take(due)
    }

    /// Moves the window of the slots so that it begins at `tick`, and the items that are now inside
    /// it into the slots.
    fn turn_to(&mut self, tick: u64) {
        if tick <= self.base {
            return;
        }
        self.base = tick;
        while let Some(entry) = self.far.first_entry() {
            if *entry.key() >= self.base + SPAN {
                break;
            }
            let (due, items) = entry.remove_entry();
            // Items that were added while this tick was far are older than any in its slot.
            debug_assert!(
                self.slots[(due % SPAN) as usize].first == NONE,
                "the slot of a tick that was far is not empty"
            );
            for item in items {
                self.put(due, item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A slow, obviously correct wheel.
    #[derive(Default)]
    struct Model {
        items: Vec<(u64, usize)>,
        passed: u64,
    }

    impl Model {
        fn push(&mut self, due: u64, item: usize) {
            self.items.push((due.max(self.passed), item));
        }

        fn pop(&mut self, now: u64) -> Option<usize> {
            let (at, &(due, item)) =
                self.items.iter().enumerate().min_by_key(|(at, (due, _))| (*due, *at))?;
            if due > now {
                return None;
            }
            self.passed = due;
            self.items.remove(at);
            Some(item)
        }
    }

    proptest! {
        #[test]
        fn a_wheel_agrees_with_a_sorted_list(
            steps in prop::collection::vec((0..12_000_u64, any::<bool>(), 0..3_000_u64), 1..200),
        ) {
            let (mut wheel, mut model, mut now) = (Wheel::default(), Model::default(), 0);
            for (item, (ahead, pops, passes)) in steps.into_iter().enumerate() {
                wheel.push(now + ahead, item);
                model.push(now + ahead, item);
                if pops {
                    now += passes;
                    loop {
                        let (a, b) = (wheel.pop(now), model.pop(now));
                        prop_assert_eq!(a, b);
                        if a.is_none() { break; }
                    }
                }
                prop_assert_eq!(wheel.len(), model.items.len());
                prop_assert_eq!(wheel.next_due(), model.items.iter().map(|(due, _)| *due).min());
            }
        }
    }

    #[test]
    fn items_of_one_tick_keep_their_order() {
        let mut wheel = Wheel::default();
        for item in 0..5 {
            wheel.push(9_000, item);
        }
        assert_eq!(wheel.pop(8_999), None);
        let taken: Vec<_> = std::iter::from_fn(|| wheel.pop(9_000)).collect();
        assert_eq!(taken, [0, 1, 2, 3, 4]);
    }
}
