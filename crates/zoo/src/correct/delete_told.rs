//! Gives a delete half the time-out, and says what came of it.

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect};
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "delete-told",
    "a delete has half the time-out, and fails if it failed",
    || connect(DeleteTold::<AsItWas>::new),
);

/// What the caller of a delete is told.
pub(crate) trait Telling: Send + Sync + 'static {
    /// Tells it.
    fn tell(deleted: Result<(), CacheError>) -> Result<(), CacheError> {
        deleted
    }
}

struct AsItWas;

impl Telling for AsItWas {}

pub(crate) struct DeleteTold<T>(Desk, PhantomData<T>);

impl<T> DeleteTold<T> {
    pub(crate) fn new(desk: Desk) -> Self {
        Self(desk, PhantomData)
    }
}

#[async_trait]
impl<T: Telling> Style for DeleteTold<T> {
    fn desk(&self) -> &Desk {
        &self.0
    }

    async fn del(&self, key: &str) -> Result<(), CacheError> {
        let deleted = self.0.dialer.timeout(self.0.limit() / 2, kit::del(self, key)).await;
        T::tell(deleted.unwrap_or_else(Err))
    }
}
