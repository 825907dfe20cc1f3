//! Offers everything that a caching library does beyond the basic calls, over a pool.
//!
//! Freedom: each of these calls is optional (O1 to O9).

use crate::Specimen;
use crate::kit::{Desk, Style, connect};
use crosswire_cache::Offers;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "everything",
    "offers batches, touches, counters, negative entries and lives",
    || connect(Everything),
);

struct Everything(Desk);

impl Style for Everything {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::all()
    }
}
