//! The events that cameras have captured and not yet uploaded: one queue for each camera, all in
//! one pool, so that a camera without a backlog takes no memory for it.

use crosswire_history::{ById, Epoch, impl_id};

/// An event in a camera's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Captured {
    pub(crate) seq: u32,
    pub(crate) epoch: Epoch,
    pub(crate) at_ms: u32,
}

/// A place in the pool's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(u32);

const NONE: Place = Place(u32::MAX);

impl_id!(Place);

/// A camera's queue, first in, first out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queue {
    first: Place,
    last: Place,
    len: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { first: NONE, last: NONE, len: 0 }
    }
}

impl Queue {
    pub(crate) fn len(&self) -> u32 {
        self.len
    }
}

/// The memory of all queues.
pub(crate) struct Pool {
    /// Each event, and the place after it in its queue. A free place has the next free place.
    nodes: ById<Place, (Captured, Place)>,
    free: Place,
    /// Number of events in all queues.
    pub(crate) total: u32,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self { nodes: ById::default(), free: NONE, total: 0 }
    }

    pub(crate) fn push(&mut self, queue: &mut Queue, event: Captured) {
        let at = if self.free == NONE {
            self.nodes.push((event, NONE))
        } else {
            let at = self.free;
            self.free = self.nodes[at].1;
            self.nodes[at] = (event, NONE);
            at
        };
        if queue.len == 0 {
            queue.first = at;
        } else {
            let last = &mut self.nodes[queue.last];
            assert!(last.0.at_ms <= event.at_ms, "a camera captures in the order of time");
            last.1 = at;
        }
        queue.last = at;
        queue.len += 1;
        self.total += 1;
    }

    pub(crate) fn front(&self, queue: &Queue) -> Option<Captured> {
        if queue.len > 0 { Some(self.nodes[queue.first].0) } else { None }
    }

    pub(crate) fn pop(&mut self, queue: &mut Queue) -> Option<Captured> {
        let front = self.front(queue)?;
        let at = queue.first;
        queue.first = self.nodes[at].1;
        queue.len -= 1;
        self.nodes[at].1 = self.free;
        self.free = at;
        assert!(self.total > 0, "an event that leaves a queue was counted when it entered");
        self.total -= 1;
        Some(front)
    }

    pub(crate) fn clear(&mut self, queue: &mut Queue) {
        while self.pop(queue).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    proptest! {
        #[test]
        fn a_pool_behaves_like_separate_queues(steps in prop::collection::vec((0..3_usize, 0..4_u8), 0..300)) {
            let mut pool = Pool::new();
            let mut queues = [Queue::default(); 3];
            let mut models = [const { VecDeque::new() }; 3];
            for (seq, (which, what)) in steps.into_iter().enumerate() {
                let (queue, model) = (&mut queues[which], &mut models[which]);
                match what {
                    0 | 1 => {
                        let event = Captured { seq: seq as u32, ..Captured::default() };
                        pool.push(queue, event);
                        model.push_back(event);
                    }
                    2 => prop_assert_eq!(pool.pop(queue), model.pop_front()),
                    _ => { pool.clear(queue); model.clear(); }
                }
                prop_assert_eq!(pool.front(queue), model.front().copied());
                prop_assert_eq!(queue.len() as usize, model.len());
                prop_assert_eq!(pool.total as usize, models.iter().map(VecDeque::len).sum::<usize>());
            }
        }
    }
}
