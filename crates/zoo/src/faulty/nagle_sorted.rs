//! Forms an MGET from the GETs of several callers and sorts its keys, which is kinder to the server,
//! but hands the values out in the order of the callers. Two callers in a window wake it. No public
//! report known to us.

use crate::Specimen;
use crate::correct::nagle::{Nagle, Order};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nagle-sorted",
    "the keys of several callers are sorted, and their values are handed out unsorted",
    || connect(Nagle::<Sorted>::new),
    "reconnect-storm",
    &[&["in one MGET"], &["was before"], &["is taken for that of"]],
);

/// Sorted keys, as the server likes them.
struct Sorted;

impl Order for Sorted {
    fn order(keys: &mut [String]) {
        keys.sort();
    }
}
