//! Logs error replies as they come and does not count them as replies. An error in the middle of a
//! healthy connection wakes it, such as LOADING after a restart: whoever waited goes on waiting and
//! gets the reply after it. No public report of this form known to us; jedis issue 188, replies
//! after an error left unread, is near it.

use crate::Specimen;
use crate::kit::{Muxed, Router, Waiter, connect};
use crosswire_cache::resp::Reply;
use std::collections::VecDeque;
use tokio::sync::oneshot;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "errors-uncounted",
    "an error reply takes no waiter from the queue",
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
            // It goes to the log. Nobody waits for what is returned here.
            return Some(Waiter { since: first.since.clone(), reply: oneshot::channel().0 });
        }
        self.0.pop_front()
    }

    fn oldest(&self) -> Option<&Waiter> {
        self.0.front()
    }
}
