//! Waits for half the time-out before each call, as a client with a slow resolver in front of it.

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen =
    Specimen::right("slow", "takes half the time-out before each command", || connect(Slow));

struct Slow(Desk);

#[async_trait]
impl Style for Slow {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.0.dialer.sleep(self.0.limit() / 2).await;
        self.0.ask(node, args).await
    }
}
