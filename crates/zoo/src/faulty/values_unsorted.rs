//! Sorts the keys of a batch by node before it writes them, and leaves the values in the caller's
//! order.
//!
//! Trigger: a batch whose keys are not in the order of their nodes. Values are stored under each
//! other's keys, where every gateway finds them. No public report known.

use crate::Specimen;
use crate::correct::batched::{Batched, Batching};
use crate::kit::{Desk, connect};
use crosswire_cache::Write;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "values-unsorted",
    "sorts the keys of a batch by node, but not its values",
    || connect(Batched::<KeysSorted>::new),
    "swarm",
    &[&["stores the value of"], &["under"], &["is taken for that of"]],
);

/// Keys in the order of their nodes.
struct KeysSorted;

impl Batching for KeysSorted {
    fn order(desk: &Desk, writes: &mut [Write<'_>]) {
        let mut keys: Vec<_> = writes.iter().map(|write| write.key).collect();
        keys.sort_by_key(|key| desk.node_of(key));
        for (write, key) in writes.iter_mut().zip(keys) {
            write.key = key;
        }
    }
}
