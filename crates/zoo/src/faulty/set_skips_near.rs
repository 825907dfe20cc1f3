//! Forgets a key near when it deletes it, but not when it writes it. An own write of a key that is
//! kept wakes it: what was before is served for as long as it lives. No public report known to us.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "set-skips-near",
    "an own write leaves the near copy as it was",
    || connect(NearCache::<SkipsSet>::new),
    "resale",
    &[&["client's memory"], &["stores"], &["the client keeps it"]],
);

/// A write leaves the near copy as it was, for as long as it lives.
struct SkipsSet;

impl Keeping for SkipsSet {
    const HEEDS_SET: bool = false;

    fn life(left: Duration) -> Duration {
        left
    }
}
