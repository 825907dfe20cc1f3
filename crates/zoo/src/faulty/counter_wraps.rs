//! Numbers its commands in one byte and looks up waiters by that number.
//!
//! Trigger: more than 256 outstanding commands. A waiter is overwritten by a later one with its
//! number. The Python driver for Cassandra (pull request 1114) had the same effect for another
//! reason: it reused the number of a timed-out request.

use crate::Specimen;
use crate::kit::{Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;
use std::collections::BTreeMap;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "counter-wraps",
    "numbers outstanding commands in one byte",
    || connect(Muxed::<Numbered>::new),
    "swarm",
    &[&["256"], &["unanswered", "under way"]],
);

#[derive(Default)]
struct Numbered {
    waiting: BTreeMap<u8, Waiter>,
    sent: u8,
    answered: u8,
}

impl Router for Numbered {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        self.waiting.insert(self.sent, waiter);
        self.sent = self.sent.wrapping_add(1);
        0
    }

    fn next(&mut self, _reply: &Reply) -> Option<Waiter> {
        let number = self.answered;
        self.answered = self.answered.wrapping_add(1);
        self.waiting.remove(&number)
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.waiting.get(&self.answered)
    }
}
