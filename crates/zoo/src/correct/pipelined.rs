//! Pipelines the commands of all callers over one connection per node. No caller holds a lock while
//! it waits.
//!
//! Freedom: all calls may use one connection (F11). A dropped caller keeps its place in the queue
//! (M1).

use crate::Specimen;
use crate::kit::{InOrder, Muxed, connect};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "pipelined",
    "pipelines all commands over one connection per node, a task for each direction",
    || connect(Muxed::<InOrder>::new),
);
