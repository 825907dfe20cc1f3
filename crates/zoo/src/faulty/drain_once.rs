//! Drains what is there of a reply when a caller is dropped, and gives the connection back. A reply
//! that is still on its way wakes it: nothing is there to drain yet, and the next borrower gets it.
//! No public report of such a repair known to us. What it repairs is redis-py issue 2624.

use crate::Specimen;
use crate::kit::{Desk, Lease, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use futures_util::FutureExt;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "drain-once",
    "a dropped caller drains what has arrived, and not what is on its way",
    || connect(DrainOnce),
    "notification-mix-up",
    &[&["is dropped"], &["left unread", "still unread", "still to come"]],
);

struct DrainOnce(Desk);

/// A lease that is drained when its borrower is dropped.
struct Drained(Option<Lease>);

impl Drop for Drained {
    fn drop(&mut self) {
        if let Some(mut lease) = self.0.take()
            && lease.owed > 0
        {
            // A destructor cannot wait: what is there is read, and then it is clean.
            lease.reply().now_or_never();
            lease.owed = 0;
        }
    }
}

#[async_trait]
impl Style for DrainOnce {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut drained = Drained(Some(self.0.lease(node).await?));
        let Some(lease) = &mut drained.0 else { return Err(refused()) };
        lease.ask(args).await
    }
}
