//! Spreads commands round-robin over several pipelined connections to each node.
//!
//! Freedom: calls may share a connection (F11), and the contract does not say which one carries a
//! call.

use crate::Specimen;
use crate::kit::{Desk, MuxSlot, Style, connect, frame};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "round-robin",
    "spreads commands over several pipelined connections to each node",
    || connect(RoundRobin::new),
);

struct RoundRobin {
    desk: Desk,
    slots: Vec<Vec<MuxSlot>>,
    turn: AtomicUsize,
}

impl RoundRobin {
    fn new(desk: Desk) -> Self {
        let slots = || (0..desk.config.pool_size).map(|_| MuxSlot::default()).collect();
        let slots = (0..desk.nodes()).map(|_| slots()).collect();
        Self { desk, slots, turn: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl Style for RoundRobin {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let slots = &self.slots[node];
        slots[turn % slots.len()].ask(&self.desk, node, frame(args)).await
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
