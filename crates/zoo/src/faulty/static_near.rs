//! Keeps values in a `static` map, which all clients of the process share and which outlives them.
//!
//! Trigger: a second run in the process. Its first reads are answered from the run before. No
//! public report known.

use crate::Specimen;
use crate::kit::{Keeping, Near, NearCache, connect};
use std::sync::LazyLock;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "static-near",
    "keeps values in a `static`, which outlives the run",
    || connect(NearCache::<OfTheProcess>::new),
    "reconnect-storm",
    &[&["client's memory"], &["no call wrote"]],
);

static KEPT: LazyLock<Near> = LazyLock::new(Near::default);

/// One near-cache for all clients of the process.
struct OfTheProcess;

impl Keeping for OfTheProcess {
    fn home(_own: &Near) -> &Near {
        &KEPT
    }
}
