//! Keeps values in a `static` map, which all clients of the process share and which outlives them. A
//! second run in the process wakes it: its first reads are answered from the run before. No public
//! report known to us.

use crate::Specimen;
use crate::kit::{Keeping, Near, NearCache, connect};
use std::sync::LazyLock;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "static-near",
    "values are kept in a `static`, which outlives the run",
    || connect(NearCache::<OfTheProcess>::new),
    "reconnect-storm",
    &[&["client's memory"], &["no call wrote"]],
);

static KEPT: LazyLock<Near> = LazyLock::new(Near::default);

/// All clients of the process share it.
struct OfTheProcess;

impl Keeping for OfTheProcess {
    fn home(_own: &Near) -> &Near {
        &KEPT
    }
}
