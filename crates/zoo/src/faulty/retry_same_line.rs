//! Sends a command again on the same connection after a quarter of the time-out without a reply,
//! and takes the first reply.
//!
//! Trigger: a slow reply. The second reply stays for the next borrower. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "retry-same-line",
    "sends a command again on the connection that still owes the reply",
    || connect(RetrySameLine),
    "swarm",
    &[&["twice", "one more command"], &["left unread", "still unread", "still to come"]],
);

struct RetrySameLine(Desk);

#[async_trait]
impl Style for RetrySameLine {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut lease = self.0.lease(node).await?;
        for _ in 0..3 {
            lease.send(args).await?;
            match self.0.dialer.timeout(self.0.limit() / 4, lease.reply()).await {
                Ok(reply) => {
                    // The reply has arrived: the connection is free.
                    lease.owed = 0;
                    return reply;
                }
                Err(_late) => {}
            }
        }
        Err(CacheError::Timeout)
    }
}
