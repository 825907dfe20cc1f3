//! Drops the near copy when it deletes a key, but not when it writes one.
//!
//! Trigger: a local write of a key that is kept. The old value is served for as long as it lives.
//! No public report known.

use crate::Specimen;
use crate::kit::{Keeping, NearCache, connect};
use std::time::Duration;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "set-skips-near",
    "leaves the near copy in place when it writes the key",
    || connect(NearCache::<SkipsSet>::new),
    "swarm",
    &[&["client's memory"], &["stores"], &["the client keeps it"]],
);

/// A write leaves the near copy, which lives as long as the value on the server.
struct SkipsSet;

impl Keeping for SkipsSet {
    const HEEDS_SET: bool = false;

    fn life(left: Duration) -> Duration {
        left
    }
}
