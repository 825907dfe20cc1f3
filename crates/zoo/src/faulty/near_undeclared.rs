//! Keeps values near and does not declare it. A second read of a key within 300 ms wakes it: nothing
//! was sent for what it returns. No public report known to us.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "near-undeclared",
    "values are kept, and the client does not declare it",
    || connect(NearCache::<Undeclared>::new),
    "reconnect-storm",
    &[&["no cache has answered"], &["read before the call began"]],
);

/// All is as it should be but the declaration.
struct Undeclared;

impl Keeping for Undeclared {
    const DECLARES: bool = false;
}
