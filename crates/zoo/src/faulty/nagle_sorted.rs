//! Combines the GETs of several callers into one MGET, sorts its keys to please the server, and
//! hands the values out in the callers' order.
//!
//! Trigger: two callers in a window. Each gets the other's value if sorting swaps their keys. No
//! public report known.

use crate::Specimen;
use crate::correct::nagle::{Nagle, Order};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nagle-sorted",
    "sorts the keys of several callers and hands their values out unsorted",
    || connect(Nagle::<Sorted>::new),
    "reconnect-storm",
    &[&["in one MGET"], &["was before"], &["is taken for that of"]],
);

/// Sorts the keys.
struct Sorted;

impl Order for Sorted {
    fn order(keys: &mut [String]) {
        keys.sort();
    }
}
