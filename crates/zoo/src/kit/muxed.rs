//! A client over one pipelined connection per node.

use super::{Desk, MuxSlot, Router, Style, frame};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};

/// A client over one pipelined connection per node; `R` routes the replies.
pub struct Muxed<R> {
    desk: Desk,
    slots: Vec<MuxSlot<R>>,
}

impl<R: Router> Muxed<R> {
    /// Creates the client. It dials on demand.
    pub fn new(desk: Desk) -> Self {
        let slots = (0..desk.nodes()).map(|_| MuxSlot::default()).collect();
        Self { desk, slots }
    }
}

#[async_trait]
impl<R: Router> Style for Muxed<R> {
    fn desk(&self) -> &Desk {
        &self.desk
    }

    async fn ask(&self, node: usize, args: &[&[u8]]) -> Result<Reply, CacheError> {
        self.slots[node].ask(&self.desk, node, frame(args)).await
    }

    fn connections(&self) -> Connections {
        Connections::Shared
    }
}
