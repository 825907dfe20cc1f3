//! Returns the results of the nodes that answered, and none for the parts of a node that failed.
//!
//! Trigger: a node that fails while others answer. The caller has fewer results than parts, and
//! cannot tell whose they are. No public report known.

use crate::Specimen;
use crate::correct::batched::{Batched, Batching};
use crate::kit::connect;
use crate::kit::offers::Share;
use crosswire_cache::Batch;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "failed-share-left-out",
    "returns no results for the parts of a batch on a node that failed",
    || connect(Batched::<Answered>::new),
    "swarm",
    &[
        &["goes down", "fails", "breaks", "has not answered", "with an error"],
        &["results for a batch"],
    ],
);

/// Results of the nodes that answered.
struct Answered;

impl Batching for Answered {
    fn gather(parts: usize, shares: Vec<Share>) -> Batch {
        let mut results: Vec<_> = (0..parts).map(|_| None).collect();
        for (places, share) in shares {
            for (place, result) in places.into_iter().zip(share.unwrap_or_default()) {
                results[place] = Some(result);
            }
        }
        results.into_iter().flatten().collect()
    }
}
