//! Notes absent keys beside the key, and leaves the note when the key is deleted.
//!
//! Trigger: a key that is noted as absent and deleted, because there is something now. The note
//! still says that there is nothing. No public report known.

use crate::Specimen;
use crate::correct::side_markers::{Notes, SideMarkers};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "marker-survives",
    "leaves the note that a key is absent when the key is deleted",
    || connect(SideMarkers::<Kept>::new),
    "swarm",
    &[&["forget"], &["known to be absent"]],
);

/// There is nothing to delete under a key that is absent.
struct Kept;

impl Notes for Kept {
    const DELETES: bool = false;
}
