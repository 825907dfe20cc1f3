//! Pings a connection at check-out for at most 10 ms, and treats a slow one as alive.
//!
//! Trigger: a slow cache. The PONG arrives while the borrower waits for its reply, which then stays
//! for the next borrower. redisson issue 5227 and jedis issue 39 report PONG as the value of a
//! read.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "ping-late",
    "leaves the PONG of a slow ping to the borrower",
    || connect(PingLate),
    "notification-mix-up",
    &[&["PING"], &["left unread", "still unread", "still to come"]],
);

struct PingLate(Desk);

#[async_trait]
impl Style for PingLate {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let mut lease = self.0.lease(node).await?;
        // Slow is not dead. A dead connection shows when it is used.
        let ping = self.0.dialer.timeout(Duration::from_millis(10), lease.ask(&[b"PING"])).await;
        if ping.is_err() {
            lease.owed = 0;
        }
        lease.ask(args).await
    }
}
