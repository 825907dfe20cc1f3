//! Rules for a connection that returns to its pool, and for one about to leave it.

use super::connection::Connection;
use std::future::{Future, ready};

/// A pool's rules for its connections.
pub trait Hygiene: Send + Sync + 'static {
    /// Returns whether a connection that its borrower released may be lent again.
    fn keep(connection: &Connection) -> bool;

    /// Returns whether an idle connection may be lent now.
    fn usable(_connection: &mut Connection) -> impl Future<Output = bool> + Send {
        ready(true)
    }
}

/// Correct. A connection is lent again only if every reply on it was read to its end, which fails
/// if its borrower was dropped midway. The count goes up *before* the send, so there is no moment
/// at which a command is out and the connection looks clean.
pub struct Strict;

impl Hygiene for Strict {
    fn keep(connection: &Connection) -> bool {
        connection.unread() == 0 && !connection.is_broken()
    }
}

/// Mechanism 1, cancel desync. A borrower that is dropped between its send and its reply returns
/// the connection like any other, since no error was ever seen on it; every later borrower reads
/// the reply to the previous command. Trigger: a cancellation while a reply is in flight.
/// redis-py's asyncio client did this when its task was cancelled: `OpenAI`, 20 March 2023.
pub struct Trusting;

impl Hygiene for Trusting {
    fn keep(connection: &Connection) -> bool {
        !connection.is_broken()
    }
}

/// Mechanism 2, checkout race. As [`Trusting`], but a connection with bytes waiting on it is
/// discarded before it is lent. This catches a late reply that has already arrived and misses one
/// that arrives a moment later. Trigger: a slow cache. First fixes of a cancel desync often look
/// like this; redis-py's was incomplete too, and took two steps (4.5.3, then 4.5.5).
pub struct PeekAtCheckout;

impl Hygiene for PeekAtCheckout {
    fn keep(connection: &Connection) -> bool {
        !connection.is_broken()
    }

    async fn usable(connection: &mut Connection) -> bool {
        !connection.has_leftovers().await
    }
}
