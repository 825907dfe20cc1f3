//! Answers a write before a task has sent it.
//!
//! Trigger: a delete right behind the write. The delete is acknowledged, and then the write lands.
//! No public report known.

use crate::Specimen;
use crate::correct::write_in_task::{Acknowledge, Task, WriteInTask};
use crate::kit::connect;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "write-behind",
    "acknowledges a write before it is sent",
    || connect(WriteInTask::<Behind>::new),
    "resale",
    &[&["stores"], &["no cache has carried it out", "after it ended"]],
);

/// Acknowledges the write at once.
struct Behind;

#[async_trait]
impl Acknowledge for Behind {
    async fn answer(_task: Task) -> Result<(), CacheError> {
        Ok(())
    }
}
