//! A timing wheel with millisecond ticks: what is due when.
//!
//! The next [`SPAN`] ticks have a slot each, found through a bitmap; what is further away waits
//! in an ordered map and moves into the slots as time comes near. Adding and taking are a few
//! nanoseconds. Things due in one tick come out in the order in which they were put in.

use std::collections::{BTreeMap, VecDeque};

/// Ticks that have a slot of their own.
const SPAN: u64 = 4096;
const WORDS: usize = (SPAN / 64) as usize;

/// Things of type `T`, each due at a tick.
pub struct Wheel<T> {
    slots: Vec<VecDeque<T>>,
    occupied: [u64; WORDS],
    far: BTreeMap<u64, Vec<T>>,
    /// The earliest tick that a slot may stand for: all before it has been taken.
    base: u64,
    len: usize,
}

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        Self {
            slots: std::iter::repeat_with(VecDeque::new).take(SPAN as usize).collect(),
            occupied: [0; WORDS],
            far: BTreeMap::new(),
            base: 0,
            len: 0,
        }
    }
}

impl<T> Wheel<T> {
    /// How many things wait.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts `item` on the wheel for tick `due`. A tick that has passed means the present one.
    pub fn push(&mut self, due: u64, item: T) {
        let due = due.max(self.base);
        self.len += 1;
        if due < self.base + SPAN {
            self.put(due, item);
        } else {
            self.far.entry(due).or_default().push(item);
        }
    }

    fn put(&mut self, due: u64, item: T) {
        let slot = (due % SPAN) as usize;
        self.occupied[slot / 64] |= 1 << (slot % 64);
        self.slots[slot].push_back(item);
    }

    /// The earliest tick at which something is due.
    pub fn next_due(&self) -> Option<u64> {
        self.next_slot().or_else(|| self.far.keys().next().copied())
    }

    /// The earliest occupied slot's tick: the bitmap, read from `base` once around.
    fn next_slot(&self) -> Option<u64> {
        let start = (self.base % SPAN) as usize;
        let (word, bit) = (start / 64, start % 64);
        for step in 0..=WORDS {
            let at = (word + step) % WORDS;
            let mask = match step {
                0 => !0 << bit,
                WORDS => !(!0 << bit),
                _ => !0,
            };
            let bits = self.occupied[at] & mask;
            if bits != 0 {
                let slot = (at * 64) as u64 + u64::from(bits.trailing_zeros());
                return Some(self.base + (slot + SPAN - self.base % SPAN) % SPAN);
            }
        }
        None
    }

    /// Takes the next thing that is due at `now` or earlier.
    pub fn pop(&mut self, now: u64) -> Option<T> {
        let due = self.next_due().filter(|&due| due <= now)?;
        self.turn_to(due);
        let slot = (due % SPAN) as usize;
        let item = self.slots[slot].pop_front()?;
        if self.slots[slot].is_empty() {
            self.occupied[slot / 64] &= !(1 << (slot % 64));
        }
        self.len -= 1;
        Some(item)
    }

    /// Moves the slots' window so that it begins at `tick`, and what has come near into it.
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
            // What came in while this tick was still far is older than anything in its slot.
            let slot = (due % SPAN) as usize;
            debug_assert!(self.slots[slot].is_empty(), "a far tick has no slot yet");
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

    /// The slow, obvious wheel.
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
        fn it_does_what_a_sorted_list_does(
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
    fn what_is_due_together_keeps_its_order() {
        let mut wheel = Wheel::default();
        for item in 0..5 {
            wheel.push(9_000, item);
        }
        assert_eq!(wheel.pop(8_999), None);
        let taken: Vec<_> = std::iter::from_fn(|| wheel.pop(9_000)).collect();
        assert_eq!(taken, [0, 1, 2, 3, 4]);
    }
}
