//! Gives each node of a multi-get a third of the time-out, goes on without a late one, and keeps
//! its connection.
//!
//! Trigger: a slow node. The late reply goes to the next borrower. No public report of this form
//! known; redis-rs issue 1252 and phpredis issue 1222 have the late reply after a time-out.

use crate::Specimen;
use crate::kit::{Desk, Style, Values, connect, values_of};
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "node-timeout",
    "keeps the connection of a node that is late in a multi-get",
    || connect(NodeTimeout),
    "notification-mix-up",
    &[&["no answer"], &["does without"], &["left unread", "still unread", "still to come"]],
);

struct NodeTimeout(Desk);

#[async_trait]
impl Style for NodeTimeout {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn mget(&self, keys: &[String]) -> Result<Values, CacheError> {
        let mut values = vec![None; keys.len()];
        for node in 0..self.0.nodes() {
            let on_node = |at: &usize| self.0.node_of(&keys[*at]) == node;
            let places: Vec<_> = (0..keys.len()).filter(on_node).collect();
            let mut args = vec![&b"MGET"[..]];
            args.extend(places.iter().map(|at| keys[*at].as_bytes()));
            if places.is_empty() {
                continue;
            }
            let mut lease = self.0.lease(node).await?;
            let late = self.0.limit() / 3;
            let Ok(reply) = self.0.dialer.timeout(late, lease.ask(&args)).await else {
                // The node's keys are misses. A slow node need not be dialled again.
                lease.owed = 0;
                continue;
            };
            let found = values_of(reply?, places.len())?;
            for (at, value) in places.into_iter().zip(found) {
                values[at] = value;
            }
        }
        Ok(values)
    }
}
