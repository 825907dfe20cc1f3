//! Gives a delete half the time-out, and returns its result.
//!
//! Freedom: a call may fail early, as long as it reports the failure (F12, M9).

use crate::Specimen;
use crate::kit::{self, Desk, Style, connect};
use crosswire_cache::{CacheError, async_trait};
use std::marker::PhantomData;

pub(super) const SPECIMEN: Specimen = Specimen::right(
    "delete-told",
    "gives a delete half the time-out and reports its failure",
    || connect(DeleteTold::<AsItWas>::new),
);

/// The answer to the caller of a delete.
pub(crate) trait Telling: Send + Sync + 'static {
    /// Returns the answer, given the result of the delete.
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
