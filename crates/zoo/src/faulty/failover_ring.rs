//! Moves the keys of a node that fails to the next node for a second, and back.
//!
//! Trigger: a change in that time. The delete reaches one node, and the other still has the old
//! value. No public report known.

use crate::Specimen;
use crate::kit::{Desk, Style, connect, lock};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Moment, async_trait};
use std::sync::Mutex;
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "failover-ring",
    "moves keys to another node for a second, and back to the old values",
    || connect(FailoverRing::new),
    "bad-network-update",
    &[&["another node"], &["alone"]],
);

const AWAY: Duration = Duration::from_secs(1);

struct FailoverRing {
    desk: Desk,
    failed: Vec<Mutex<Option<Moment>>>,
}

impl FailoverRing {
    fn new(desk: Desk) -> Self {
        let failed = (0..desk.nodes()).map(|_| Mutex::default()).collect();
        Self { desk, failed }
    }
}

#[async_trait]
impl Style for FailoverRing {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let away = |node: usize| {
            lock(&self.failed[node]).as_ref().is_some_and(|since| !since.is_past(AWAY))
        };
        let nodes = self.desk.nodes();
        let alive = (node..node + nodes).map(|node| node % nodes).find(|node| !away(*node));
        let node = alive.unwrap_or(node);
        let soon = self.desk.limit() / 2;
        let reply = self.desk.dialer.timeout(soon, self.desk.ask(node, args)).await;
        let reply = reply.unwrap_or_else(Err);
        if reply.is_err() {
            *lock(&self.failed[node]) = Some(self.desk.dialer.moment());
        }
        reply
    }
}
