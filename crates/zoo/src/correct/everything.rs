//! Offers everything that a caching library does beyond the basic calls, over a pool.
//!
//! Freedom: each of these calls is optional (O1 to O11).

use crate::Specimen;
use crate::kit::{Careful, Desk, Feeds, Style, connect};
use crosswire_cache::{CacheError, Changes, Offers, async_trait};

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "everything",
    "offers batches, touches, counters, negative entries, lives and invalidations",
    || connect(Everything::new),
);

struct Everything(Desk, Feeds);

impl Everything {
    fn new(desk: Desk) -> Self {
        let feeds = Feeds::new(&desk);
        Self(desk, feeds)
    }
}

#[async_trait]
impl Style for Everything {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::all()
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        self.1.changes::<Careful>(&self.0).await
    }
}
