//! Pings a connection at check-out and gives the ping 10 ms: one that is slow counts as alive. A
//! slow cache wakes it: the PONG comes when the borrower waits for its own reply, which then stays
//! for the next. redisson issue 5227 and jedis issue 39 report PONG as the value of a read.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "ping-late",
    "a ping whose PONG is late leaves it to the borrower",
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
        // Slow is not dead; what is dead shows when it is used.
        let ping = self.0.dialer.timeout(Duration::from_millis(10), lease.ask(&[b"PING"])).await;
        if ping.is_err() {
            lease.owed = 0;
        }
        lease.ask(args).await
    }
}
