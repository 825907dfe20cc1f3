//! Acknowledges a delete whatever came of it, for a cache must not fail its service. A node that
//! fails wakes it: a value is still there that the service takes for forgotten. No public report
//! known to us.

use crate::Specimen;
use crate::correct::delete_told::{DeleteTold, Telling};
use crate::kit::connect;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "delete-swallowed",
    "a delete that failed is acknowledged",
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
