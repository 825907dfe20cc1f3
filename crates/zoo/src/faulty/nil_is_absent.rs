//! Takes a nil reply for the note that a key is absent.
//!
//! Trigger: a key that is not in the cache. Its user sees no cameras. Clients that keep "not found"
//! and "found nothing" in one `None` have this bug.

use crate::Specimen;
use crate::correct::side_markers::{Notes, SideMarkers};
use crate::kit::connect;
use crosswire_cache::Lookup;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "nil-is-absent",
    "takes a key that is not in the cache for one that is known to be absent",
    || connect(SideMarkers::<NilIsAbsent>::new),
    "swarm",
    &[&["known to be absent"], &["which no call has noted"]],
);

/// Takes what the cache lacks for what is known to be absent.
struct NilIsAbsent;

impl Notes for NilIsAbsent {
    const NOTHING: Lookup = Lookup::Absent;
}
