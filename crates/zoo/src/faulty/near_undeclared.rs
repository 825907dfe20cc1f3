//! Keeps values near without declaring it.
//!
//! Trigger: a second read of a key within 300 ms. It returns a value without sending a command. No
//! public report known.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "near-undeclared",
    "keeps values without declaring it",
    || connect(NearCache::<Undeclared>::new),
    "reconnect-storm",
    &[&["no cache has answered"], &["read before the call began"]],
);

/// Correct except for the declaration.
struct Undeclared;

impl Keeping for Undeclared {
    const DECLARES: bool = false;
}
