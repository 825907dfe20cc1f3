//! Logs error replies as they arrive and does not count them as replies.
//!
//! Trigger: an error on a healthy connection, such as LOADING after a restart. The waiter keeps
//! waiting and receives the reply after it. No public report of this form known; jedis issue 188,
//! replies after an error left unread, is close.

use crate::Specimen;
use crate::kit::{Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;
use std::collections::VecDeque;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "errors-uncounted",
    "an error reply removes no waiter from the queue",
    || connect(Muxed::<Uncounted>::new),
    "notification-mix-up",
    &[&["with an error"], &["is handed"]],
);

#[derive(Default)]
struct Uncounted(VecDeque<Waiter>);

impl Router for Uncounted {
    fn enter(&mut self, waiter: Waiter) -> u64 {
        self.0.push_back(waiter);
        0
    }

    fn next(&mut self, reply: &Reply) -> Option<Waiter> {
        if let (Reply::Error(_), Some(first)) = (reply, self.0.front()) {
            // The error goes to the log. No caller waits for this waiter's reply.
            return Some(Waiter { since: first.since.clone(), reply: oneshot::channel().0 });
        }
        self.0.pop_front()
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.0.front()
    }
}
