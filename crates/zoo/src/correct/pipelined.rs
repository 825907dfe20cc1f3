//! Pipelines the commands of all callers over one connection per node, without locks while waiting.

use crate::Specimen;
use crate::kit::{Desk, MuxSlot, Style, connect, frame};
use crosswire_cache::resp::Reply;
use crosswire_cache::{CacheError, Connections, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "pipelined",
    "one pipelined connection per node, with a task for each direction",
    || connect(Pipelined::new),
);

struct Pipelined {
    desk: Desk,
    slots: Vec<MuxSlot>,
}

impl Pipelined {
    fn new(desk: Desk) -> Self {
        let slots = (0..desk.nodes()).map(|_| MuxSlot::default()).collect();
        Self { desk, slots }
    }
}

#[async_trait]
impl Style for Pipelined {
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
