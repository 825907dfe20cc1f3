//! Removes a dropped caller's waiter from the queue at once.
//!
//! Trigger: a caller that is dropped while others wait on the same connection. Its reply still
//! arrives and goes to the next in line. lettuce issue 262 is similar: cancelled commands
//! desynchronize the queue.

use crate::Specimen;
use crate::kit::{Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;
use std::collections::VecDeque;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "waiter-removed",
    "removes a dropped caller's waiter, so its reply goes to the next",
    || connect(Muxed::<Removed>::new),
    "notification-mix-up",
    &[&["is dropped", "fails"], &["left unread", "still unread", "still to come"]],
);

#[derive(Default)]
struct Removed {
    waiting: VecDeque<(u64, Waiter)>,
    last: u64,
}

impl Router for Removed {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        self.last += 1;
        self.waiting.push_back((self.last, waiter));
        self.last
    }

    fn next(&mut self, _reply: &Reply) -> Option<Waiter> {
        self.waiting.pop_front().map(|(_, waiter)| waiter)
    }

    fn leave(&mut self, ticket: u64) {
        self.waiting.retain(|(waiting, _)| *waiting != ticket);
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.waiting.front().map(|(_, waiter)| waiter)
    }
}
