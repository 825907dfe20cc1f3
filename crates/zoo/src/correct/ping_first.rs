//! Pings a connection at check-out and closes it if it does not answer PONG.
//!
//! Freedom: the contract does not say which commands a client sends.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("ping-first", "pings each connection at check-out", || connect(PingFirst));

struct PingFirst(Desk);

#[async_trait]
impl Style for PingFirst {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        loop {
            let fresh = self.0.idle(node).is_empty();
            let mut lease = self.0.lease(node).await?;
            if fresh || matches!(lease.ask(&[b"PING"]).await, Ok(Reply::Simple(_))) {
                return lease.ask(args).await;
            }
            lease.whole = false;
        }
    }
}
