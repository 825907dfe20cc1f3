//! Reconnects when a connection is lost, and keeps one on which nothing arrives any more.
//!
//! Trigger: a connection that goes half-open. Every later call on it waits for the whole time-out.
//! lettuce issue 2082 describes this: commands time out for a quarter of an hour after a failover.

use crate::Specimen;
use crate::kit::{InOrder, Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "silent-kept",
    "keeps a connection on which nothing arrives any more",
    || connect(Muxed::<Patient>::new),
    "bad-network-update",
    &[&["nothing has arrived on"], &["has no answer within"]],
);

#[derive(Default)]
struct Patient(InOrder);

impl Router for Patient {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        self.0.enter(waiter)
    }

    fn next(&mut self, reply: &Reply) -> Option<Waiter> {
        self.0.next(reply)
    }

    fn oldest(&self) -> Option<&Waiter> {
        // The operating system reports a lost connection.
        None
    }
}
