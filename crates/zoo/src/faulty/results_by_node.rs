//! Returns the results of a batch in the order of the nodes that gave them.
//!
//! Trigger: a batch of which one node's part fails. The errors end up at other keys, and a delete
//! that failed is believed. vert.x-redis issue 537, in which MGET returns values in the order of
//! the shards, has the same effect.

use crate::Specimen;
use crate::correct::batched::{Batched, Batching};
use crate::kit::connect;
use crate::kit::offers::Share;
use crosswire_cache::Batch;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "results-by-node",
    "returns the results of a batch in the order of the nodes",
    || connect(Batched::<ByNode>::new),
    "swarm",
    &[&["forget"], &["no cache has carried it out", "with an error"], &["ends well"]],
);

/// Results one node after another.
struct ByNode;

impl Batching for ByNode {
    fn gather(_parts: usize, shares: Vec<Share>) -> Batch {
        let results = shares.into_iter().flat_map(|(places, share)| match share {
            Ok(share) => share,
            Err(error) => vec![Err(error); places.len()],
        });
        results.collect()
    }
}
