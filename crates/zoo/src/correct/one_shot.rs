//! Opens a connection for each command and closes it after the reply.
//!
//! Freedom: each call may open a connection (F10).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("one-shot", "opens a connection for each command", || connect(OneShot));

struct OneShot(Desk);

#[async_trait]
impl Style for OneShot {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut lease = self.0.lease(node).await?;
        let reply = lease.ask(args).await;
        // The pool closes a connection that is not whole.
        lease.whole = false;
        reply
    }
}
