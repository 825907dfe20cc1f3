//! Assumes that a reply arrives in one read.
//!
//! Trigger: a reply in two pieces. The call fails, and the connection goes back with the rest still
//! to come, which the next borrower takes for its reply. Tiny-Redis issue 2 is this bug.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, unexpected};
use crosswire_cache::resp::{Reply, decode_reply};
use crosswire_cache::{CacheError, async_trait};
use tokio::io::AsyncReadExt;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "one-read",
    "assumes that a reply arrives in one read, and reuses the connection if not",
    || connect(OneRead),
    "notification-mix-up",
    &[&["two pieces", "to their end"], &["left unread", "still unread", "still to come"]],
);

struct OneRead(Desk);

#[async_trait]
impl Style for OneRead {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut lease = self.0.lease(node).await?;
        lease.send(args).await?;
        let line = &mut *lease;
        if line.stream.read_buf(&mut line.inbox).await? == 0 {
            line.whole = false;
        }
        let reply = decode_reply(&mut line.inbox);
        // The answer was read, good or bad: the connection is free.
        line.owed = 0;
        line.inbox.clear();
        match reply {
            Ok(Some(reply)) => Ok(reply),
            _ => Err(unexpected(&Reply::Nil)),
        }
    }
}
