//! Keeps values with their length as what tells them apart, and asks the server for that before use. A
//! change that keeps the length wakes it, such as one user's id for another's. No public report known
//! to us.

use crate::Specimen;
use crate::correct::etag::{Etag, Tag};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "etag-by-length",
    "kept values are told apart by their length",
    || connect(Etag::<Length>::new),
    "resale",
    &[&["client's memory"], &["#tag"]],
);

/// Its length.
struct Length;

impl Tag for Length {
    fn tag(value: &[u8]) -> String {
        value.len().to_string()
    }
}
