//! Answers a read that takes longer than 20 ms with a miss, which costs its caller the same. A slow reply
//! wakes it: the call says that there is nothing, and has not read a reply. No public report known to
//! us.

use crate::Specimen;
use crate::correct::impatient::{Impatient, Late};
use crate::kit::connect;
use bytes::Bytes;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "impatient-miss",
    "a read that is late is answered as a miss before its reply has come",
    || connect(Impatient::<Missed>::new),
    "notification-mix-up",
    &[&["no reply", "without"]],
);

/// As if nothing were there.
struct Missed;

impl Late for Missed {
    fn late(_error: CacheError) -> Result<Option<Bytes>, CacheError> {
        Ok(None)
    }
}
