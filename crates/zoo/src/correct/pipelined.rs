//! Pipelines the commands of all callers over one connection per node, without locks while waiting.

use crate::Specimen;
use crate::kit::{InOrder, Muxed, connect};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "pipelined",
    "one pipelined connection per node, with a task for each direction",
    || connect(Muxed::<InOrder>::new),
);
