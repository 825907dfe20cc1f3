//! Answers a write before it is sent; a task sends it. A delete right behind the write wakes it: the
//! delete is acknowledged, and then the write lands. No public report known to us.

use crate::Specimen;
use crate::correct::write_in_task::{Acknowledge, Task, WriteInTask};
use crate::kit::connect;
use crosswire_cache::{CacheError, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "write-behind",
    "a write is acknowledged before it is sent",
    || connect(WriteInTask::<Behind>::new),
    "resale",
    &[&["stores"], &["no cache has carried it out", "after it ended"]],
);

/// At once.
struct Behind;

#[async_trait]
impl Acknowledge for Behind {
    async fn answer(_task: Task) -> Result<(), CacheError> {
        Ok(())
    }
}
