//! Has each node announce what changes there, and asks it with numbered pings.
//!
//! Freedom: a client may learn of changes in any way, as long as an answer covers all changes
//! before the question (O10), and a dropped question loses none (O11).

use crate::Specimen;
use crate::kit::{Careful, Desk, Feeds, Following, Style, connect};
use crosswire_cache::{CacheError, Changes, Offers, async_trait};
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen =
    Specimen::right("tracking", "has each node announce the keys that change", || {
        connect(Tracking::<Careful>::new)
    });

pub(crate) struct Tracking<F>(Desk, Feeds, PhantomData<F>);

impl<F> Tracking<F> {
    pub(crate) fn new(desk: Desk) -> Self {
        let feeds = Feeds::new(&desk);
        Self(desk, feeds, PhantomData)
    }
}

#[async_trait]
impl<F: Following> Style for Tracking<F> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    fn offers(&self) -> Offers {
        Offers::default().invalidations()
    }

    async fn changes(&self) -> Result<Changes, CacheError> {
        self.1.changes::<F>(&self.0).await
    }
}
