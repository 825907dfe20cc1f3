//! How a pool treats a connection that comes back, and one that is about to go out.

use super::connection::Connection;
use std::future::{Future, ready};

/// A pool's rules.
pub trait Hygiene: Send + Sync + 'static {
    /// May this connection, which its borrower lets go of, be lent again?
    fn keep(connection: &Connection) -> bool;

    /// May this idle connection be lent now?
    fn usable(_connection: &mut Connection) -> impl Future<Output = bool> + Send {
        ready(true)
    }
}

/// Right. A connection is lent again only if every reply on it was read to its end, which a
/// borrower that was dropped in the middle has not done. The count goes up *before* the send, so
/// there is no moment at which a command is out and the connection looks clean.
pub struct Strict;

impl Hygiene for Strict {
    fn keep(connection: &Connection) -> bool {
        connection.unread() == 0 && !connection.is_broken()
    }
}

/// Mechanism 1, cancel desync. A borrower that is dropped between its send and its reply gives
/// the connection back like any other, for no error was ever seen on it; every later borrower
/// reads the reply of the one before. Cancellation while a reply is in flight wakes it. redis-py's
/// asyncio client did this when its task was cancelled: `OpenAI`, 20 March 2023.
pub struct Trusting;

impl Hygiene for Trusting {
    fn keep(connection: &Connection) -> bool {
        !connection.is_broken()
    }
}

/// Mechanism 2, checkout race. As above, but a connection with bytes waiting on it is thrown away
/// before it is lent, which catches a late reply that has come by then and misses one that comes
/// a moment after. A slow cache wakes it. It is how the first repair of a cancel desync often
/// looks; redis-py's was incomplete too, and came in two steps (4.5.3, then 4.5.5).
pub struct PeekAtCheckout;

impl Hygiene for PeekAtCheckout {
    fn keep(connection: &Connection) -> bool {
        !connection.is_broken()
    }

    async fn usable(connection: &mut Connection) -> bool {
        !connection.has_leftovers().await
    }
}
