//! Answers a read that takes longer than 20 ms with a miss, which costs its caller no more than an
//! error.
//!
//! Trigger: a slow reply. The call reports that there is nothing, without having read a reply. No
//! public report known.

use crate::Specimen;
use crate::correct::impatient::{Impatient, Late};
use crate::kit::connect;
use bytes::Bytes;
use crosswire_cache::CacheError;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "impatient-miss",
    "answers a late read with a miss before its reply has arrived",
    || connect(Impatient::<Missed>::new),
    "notification-mix-up",
    &[&["no reply", "without"]],
);

/// A miss, as if the key did not exist.
struct Missed;

impl Late for Missed {
    fn late(_error: CacheError) -> Result<Option<Bytes>, CacheError> {
        Ok(None)
    }
}
