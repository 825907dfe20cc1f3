//! Routes replies by reusable slots, as a client with preallocated requests does. The slot of a
//! dropped caller stays taken until its reply has arrived.
//!
//! Freedom: all calls may use one connection (F11).

use crate::Specimen;
use crate::kit::{Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;
use std::collections::VecDeque;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "slot-router",
    "routes replies by slots that are reused once the reply has arrived",
    || connect(Muxed::<Slots>::new),
);

#[derive(Default)]
struct Slots {
    waiting: Vec<Option<Waiter>>,
    free: Vec<usize>,
    order: VecDeque<usize>,
}

impl Router for Slots {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        let slot = self.free.pop().unwrap_or(self.waiting.len());
        if slot == self.waiting.len() {
            self.waiting.push(None);
        }
        self.waiting[slot] = Some(waiter);
        self.order.push_back(slot);
        slot as u64
    }

    fn next(&mut self, _reply: &Reply) -> Option<Waiter> {
        let slot = self.order.pop_front()?;
        self.free.push(slot);
        self.waiting[slot].take()
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.waiting[*self.order.front()?].as_ref()
    }
}
