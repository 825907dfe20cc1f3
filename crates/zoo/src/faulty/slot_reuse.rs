//! Routes replies by slots, and frees the slot of a dropped caller at once, without a generation.
//!
//! Trigger: a dropped caller. The next command takes the slot and receives the late reply. The
//! Python driver for Cassandra (pull request 1114) had this bug: it reused the number of a
//! timed-out request.

use crate::Specimen;
use crate::kit::{Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;
use std::collections::VecDeque;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "slot-reuse",
    "reuses a slot before the reply to its first user has arrived",
    || connect(Muxed::<Slots>::new),
    "notification-mix-up",
    &[&["is dropped", "fails"], &["left unread", "still unread", "still to come"]],
);

#[derive(Default)]
struct Slots {
    waiting: Vec<Option<Waiter>>,
    order: VecDeque<usize>,
}

impl Router for Slots {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        let free = self.waiting.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.waiting.len());
        if slot == self.waiting.len() {
            self.waiting.push(None);
        }
        self.waiting[slot] = Some(waiter);
        self.order.push_back(slot);
        slot as u64
    }

    fn next(&mut self, _reply: &Reply) -> Option<Waiter> {
        let slot = self.order.pop_front()?;
        if let Some(waiter) = self.waiting[slot].take() {
            return Some(waiter);
        }
        // The slot's caller is gone; the reply is dropped.
        let since = self.oldest()?.since.clone();
        Some(Waiter { since, reply: oneshot::channel().0 })
    }

    fn leave(&mut self, ticket: u64) {
        self.waiting[ticket as usize] = None;
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.order.iter().find_map(|slot| self.waiting[*slot].as_ref())
    }
}
