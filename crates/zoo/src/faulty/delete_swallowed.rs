//! Acknowledges a delete even if it failed, since a cache must not fail its service.
//!
//! Trigger: a node that fails. The value is still there, and the service believes it gone. No
//! public report known.

use crate::Specimen;
use crate::correct::delete_told::{DeleteTold, Telling};
use crate::kit::connect;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "delete-swallowed",
    "acknowledges a delete that failed",
    || connect(DeleteTold::<AsDone>::new),
    "bad-network-update",
    &[&["forget"], &["no cache has carried it out", "with an error"], &["ends well"]],
);

/// A cache must not fail its service.
struct AsDone;

impl Telling for AsDone {
    fn tell(_deleted: Result<(), CacheError>) -> Result<(), CacheError> {
        Ok(())
    }
}
