//! Keeps values, tags each with its length, and compares the tag with the server's before use.
//!
//! Trigger: a change that keeps the length, such as one user's id for another's. No public report
//! known.

use crate::Specimen;
use crate::correct::etag::{Etag, Tag};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "etag-by-length",
    "compares kept values with the server's by their length",
    || connect(Etag::<Length>::new),
    "resale",
    &[&["client's memory"], &["#tag"]],
);

/// The length of the value.
struct Length;

impl Tag for Length {
    fn tag(value: &[u8]) -> String {
        value.len().to_string()
    }
}
