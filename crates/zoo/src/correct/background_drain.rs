//! Keeps the connection of a dropped caller: a task reads the reply that is still owed, and then the
//! connection goes back to the pool.

use crate::Specimen;
use crate::kit::{Desk, Lease, Style, connect, refused};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "background-drain",
    "a task reads what a dropped caller left owed, then the connection goes back",
    || connect(BackgroundDrain),
);

struct BackgroundDrain(Desk);

/// A lease that is drained when its borrower is dropped.
struct Drained(Option<Lease>);

impl Drop for Drained {
    fn drop(&mut self) {
        if let Some(lease) = self.0.take() {
            lease.drain();
        }
    }
}

#[async_trait]
impl Style for BackgroundDrain {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut drained = Drained(Some(self.0.lease(node).await?));
        let Some(lease) = &mut drained.0 else { return Err(refused()) };
        lease.ask(args).await
    }
}
